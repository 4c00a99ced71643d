SUMMARY = "What makes a system a box: data partition, journal in memory, watchdog, networks that are kept"
LICENSE = "MIT"
LIC_FILES_CHKSUM = "file://${COMMON_LICENSE_DIR}/MIT;md5=0835ade698e0bcf8506ecda2f7b4f302"

SRC_URI = " \
    file://data.mount \
    file://data-grow.service \
    file://grow-data \
    file://journald.conf \
    file://networkmanager.conf \
    file://tmpfiles.conf \
    file://watchdog.conf \
"
S = "${UNPACKDIR}"

inherit allarch systemd

do_configure[noexec] = "1"
do_compile[noexec] = "1"

do_install() {
    install -d ${D}/data ${D}${libexecdir} ${D}${systemd_system_unitdir}
    install -m 0644 ${UNPACKDIR}/data.mount ${UNPACKDIR}/data-grow.service ${D}${systemd_system_unitdir}/
    install -m 0755 ${UNPACKDIR}/grow-data ${D}${libexecdir}/live-pusher-grow-data
    install -D -m 0644 ${UNPACKDIR}/journald.conf ${D}${nonarch_libdir}/systemd/journald.conf.d/90-live-pusher-base.conf
    install -D -m 0644 ${UNPACKDIR}/watchdog.conf ${D}${nonarch_libdir}/systemd/system.conf.d/90-live-pusher-base.conf
    install -D -m 0644 ${UNPACKDIR}/networkmanager.conf ${D}${nonarch_libdir}/NetworkManager/conf.d/live-pusher.conf
    install -D -m 0644 ${UNPACKDIR}/tmpfiles.conf ${D}${nonarch_libdir}/tmpfiles.d/live-pusher-base.conf
}

SYSTEMD_SERVICE:${PN} = "data.mount data-grow.service"

FILES:${PN} += " \
    /data \
    ${libexecdir}/live-pusher-grow-data \
    ${nonarch_libdir}/NetworkManager \
    ${nonarch_libdir}/systemd \
    ${nonarch_libdir}/tmpfiles.d \
    ${systemd_system_unitdir} \
"

# partition and file system of the data partition
RDEPENDS:${PN} = "\
    e2fsprogs-e2fsck \
    e2fsprogs-resize2fs \
    util-linux-lsblk \
    util-linux-partx \
    util-linux-sfdisk \
"
