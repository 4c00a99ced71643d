SUMMARY = "Configuration of the box"
DESCRIPTION = "Apart from the program, so that a product changes it with an append of its own."
LICENSE = "MIT"
LIC_FILES_CHKSUM = "file://${COMMON_LICENSE_DIR}/MIT;md5=0835ade698e0bcf8506ecda2f7b4f302"

SRC_URI = " \
    file://config.yaml \
    file://live-pusher-config.conf \
"
S = "${UNPACKDIR}"

inherit allarch

do_configure[noexec] = "1"
do_compile[noexec] = "1"

# The root is never written: what an owner changes is a copy on the data partition, made at the first start, and
# /etc shows that copy.
do_install() {
    install -d ${D}${datadir}/live-pusher ${D}${nonarch_libdir}/tmpfiles.d ${D}${sysconfdir}/live-pusher
    install -m 0644 ${UNPACKDIR}/config.yaml ${D}${datadir}/live-pusher/config.yaml
    install -m 0644 ${UNPACKDIR}/live-pusher-config.conf ${D}${nonarch_libdir}/tmpfiles.d/live-pusher-config.conf
    ln -s ${localstatedir}/lib/live-pusher-config/config.yaml ${D}${sysconfdir}/live-pusher/config.yaml
}

FILES:${PN} += "${datadir}/live-pusher ${nonarch_libdir}/tmpfiles.d"

# the daemon's user and group are in its ownership
RDEPENDS:${PN} = "live-pusher"
