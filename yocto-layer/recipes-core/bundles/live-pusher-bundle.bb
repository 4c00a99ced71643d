SUMMARY = "An update of the box, signed"
LICENSE = "MIT"

inherit bundle

require conf/distro/include/live-pusher-version.inc

RAUC_BUNDLE_FORMAT = "verity"
# the board is part of it: a bundle for another board is refused before anything is written
RAUC_BUNDLE_COMPATIBLE = "live-pusher-box-${MACHINE}"
RAUC_BUNDLE_VERSION = "${LIVE_PUSHER_VERSION}"
RAUC_BUNDLE_DESCRIPTION = "LivePusher Box ${LIVE_PUSHER_VERSION} for ${MACHINE}"

RAUC_BUNDLE_SLOTS = "rootfs"
RAUC_SLOT_rootfs = "live-pusher-image"
RAUC_SLOT_rootfs[fstype] = "ext4"
RAUC_SLOT_rootfs[adaptive] = "block-hash-index"

# Path or PKCS#11 URL; from kas, local.conf or the build server, never from a repository.
RAUC_KEY_FILE ?= ""
RAUC_CERT_FILE ?= ""
