SUMMARY = "RAUC's way to the boot slots of a Jetson"
LICENSE = "MIT"
LIC_FILES_CHKSUM = "file://${COMMON_LICENSE_DIR}/MIT;md5=0835ade698e0bcf8506ecda2f7b4f302"

SRC_URI = "file://tegra-boot-slots"
S = "${UNPACKDIR}"

do_configure[noexec] = "1"
do_compile[noexec] = "1"

do_install() {
    install -D -m 0755 ${UNPACKDIR}/tegra-boot-slots ${D}${nonarch_libdir}/live-pusher/tegra-boot-slots
}

FILES:${PN} += "${nonarch_libdir}/live-pusher"

PACKAGE_ARCH = "${MACHINE_ARCH}"
COMPATIBLE_MACHINE = "(tegra)"

# nvbootctrl
RDEPENDS:${PN} = "tegra-redundant-boot"
