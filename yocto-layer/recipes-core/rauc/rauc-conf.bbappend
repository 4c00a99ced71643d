FILESEXTRAPATHS:prepend := "${THISDIR}/files:"

# The certificate that bundles must be signed under is yours: RAUC_KEYRING_FILE names it, and LIVE_PUSHER_KEYRING_DIR
# the folder where it is. Without, the build ends in do_fetch and says which file is missing.
FILESEXTRAPATHS:prepend := "${@(d.getVar('LIVE_PUSHER_KEYRING_DIR') + ':') if d.getVar('LIVE_PUSHER_KEYRING_DIR') else ''}"

# system.conf comes from the board's dynamic layer; its compatible names the machine
do_install:append() {
    find ${D} -name system.conf -exec sed -i -e "s/@MACHINE@/${MACHINE}/g" {} +
}

PACKAGE_ARCH = "${MACHINE_ARCH}"
