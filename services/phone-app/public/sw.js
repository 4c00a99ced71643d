// Keeps the app itself on the phone, so that it opens when the box is away and says so. Nothing of the box is kept.
const keep = 'app-1'
const assets = /^\/(?:assets\/[\w.-]+|icon[\w.-]*|manifest\.webmanifest)$/

// The page, and what it names: the first visit loaded that before anybody could keep it.
const keepAll = async () => {
  const cache = await caches.open(keep)
  const page = await fetch('/', { cache: 'no-store' })
  const named = (await page.clone().text()).match(/\/(?:assets\/[\w.-]+|icon[\w.-]*)/g) ?? []
  await cache.put('/', page)
  await cache.addAll(new Set(named))
}

self.addEventListener('install', (event) => {
  event.waitUntil(keepAll())
  self.skipWaiting()
})

self.addEventListener('activate', (event) => {
  event.waitUntil(self.clients.claim())
})

// A file with a hash in its name never changes; the page itself is asked for first.
const fromKept = async (request) => (await caches.match(request)) ?? fromBox(request)

const fromBox = async (request) => {
  const response = await fetch(request)
  if (response.ok) await (await caches.open(keep)).put(request, response.clone())
  return response
}

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin) return
  if (pathname === '/') event.respondWith(fromBox(request).catch(() => caches.match('/')))
  else if (assets.test(pathname)) event.respondWith(fromKept(request))
})
