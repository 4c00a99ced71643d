SUMMARY = "A camera on a tripod that pushes RTMP"
DESCRIPTION = "The image of a LivePusher Box: read-only root with two slots, the daemon, and nothing to log in with."

require live-pusher-image.inc
