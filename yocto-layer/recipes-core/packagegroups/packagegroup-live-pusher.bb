SUMMARY = "All that a LivePusher Box needs beside the base system"
LICENSE = "MIT"

# libcamera and NVIDIA's plugins are of a machine
PACKAGE_ARCH = "${MACHINE_ARCH}"

inherit packagegroup

require packagegroup-live-pusher-gstreamer.inc

PACKAGES = "${PN} ${PN}-gstreamer"

RDEPENDS:${PN} = " \
    ${PN}-gstreamer \
    avahi-daemon \
    ca-certificates \
    libgpiod \
    live-pusher \
    live-pusher-base \
    live-pusher-config \
    mosquitto \
    networkmanager \
    networkmanager-nmcli \
    networkmanager-wifi \
    rauc \
    tzdata-core \
    udev \
    wireless-regdb-static \
"
RDEPENDS:${PN}:append:rpi = " live-pusher-boot"
RDEPENDS:${PN}:append:tegra = " live-pusher-boot"

# Encoders with patents or a GPL: only for who accepts their flags, see docs/yocto.md
LIVE_PUSHER_COMMERCIAL ?= "${@bb.utils.contains('LICENSE_FLAGS_ACCEPTED', 'commercial', '1', '0', d)}"

RDEPENDS:${PN}-gstreamer = " \
    ${LIVE_PUSHER_GSTREAMER} \
    ${@bb.utils.contains('LIVE_PUSHER_COMMERCIAL', '1', '${LIVE_PUSHER_GSTREAMER_COMMERCIAL}', '', d)} \
"
RDEPENDS:${PN}-gstreamer:append:rpi = " ${LIVE_PUSHER_GSTREAMER_LIBCAMERA}"
RDEPENDS:${PN}-gstreamer:append:tegra = " ${LIVE_PUSHER_GSTREAMER_TEGRA}"
