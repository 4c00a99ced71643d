SUMMARY = "How the running box talks to U-Boot"
LICENSE = "MIT"
LIC_FILES_CHKSUM = "file://${COMMON_LICENSE_DIR}/MIT;md5=0835ade698e0bcf8506ecda2f7b4f302"

SRC_URI = "file://boot.mount"
S = "${UNPACKDIR}"

inherit systemd

do_configure[noexec] = "1"
do_compile[noexec] = "1"

do_install() {
    install -d ${D}/boot ${D}${systemd_system_unitdir}
    install -m 0644 ${UNPACKDIR}/boot.mount ${D}${systemd_system_unitdir}/
}

# mounted over the slot's own /boot, which U-Boot reads by itself
SYSTEMD_SERVICE:${PN} = "boot.mount"
FILES:${PN} += "/boot ${systemd_system_unitdir}"

PACKAGE_ARCH = "${MACHINE_ARCH}"
COMPATIBLE_MACHINE = "^rpi$"

# fw_setenv, with the file of meta-raspberrypi that says where U-Boot's variables are: /boot/uboot.env
RDEPENDS:${PN} = "libubootenv-bin u-boot-env"
