/** Whether an MQTT topic filter (with `+` and `#`) covers a topic. `$` topics are not covered by a leading wildcard. */
export const covers = (filter: string, topic: string): boolean => {
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false
  const wanted = filter.split('/')
  const levels = topic.split('/')
  for (const [index, part] of wanted.entries()) {
    if (part === '#') return true
    if (index >= levels.length) return false
    if (part !== '+' && part !== levels[index]) return false
  }
  return wanted.length === levels.length
}
