SUMMARY = "RAUC's way to the boot slots of a Jetson"
LICENSE = "MIT"
LIC_FILES_CHKSUM = "file://${COMMON_LICENSE_DIR}/MIT;md5=0835ade698e0bcf8506ecda2f7b4f302"

SRC_URI = " \
    file://make-data.service \
    file://make-data-partition \
    file://tegra-boot-slots \
"
S = "${UNPACKDIR}"

inherit systemd

do_configure[noexec] = "1"
do_compile[noexec] = "1"

do_install() {
    install -D -m 0755 ${UNPACKDIR}/tegra-boot-slots ${D}${nonarch_libdir}/live-pusher/tegra-boot-slots
    install -D -m 0755 ${UNPACKDIR}/make-data-partition ${D}${libexecdir}/make-data-partition
    install -D -m 0644 ${UNPACKDIR}/make-data.service ${D}${systemd_system_unitdir}/make-data.service
}

SYSTEMD_SERVICE:${PN} = "make-data.service"

FILES:${PN} += "${libexecdir} ${nonarch_libdir}/live-pusher ${systemd_system_unitdir}"

PACKAGE_ARCH = "${MACHINE_ARCH}"
COMPATIBLE_MACHINE = "(tegra)"

# nvbootctrl; mkfs and blkid for the data partition
RDEPENDS:${PN} = "e2fsprogs-mke2fs tegra-redundant-boot util-linux-blkid"
