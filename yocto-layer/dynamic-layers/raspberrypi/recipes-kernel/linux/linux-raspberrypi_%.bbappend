FILESEXTRAPATHS:prepend := "${THISDIR}/files:"

SRC_URI += "file://live-pusher.cfg"
