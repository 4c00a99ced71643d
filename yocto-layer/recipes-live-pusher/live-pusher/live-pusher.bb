SUMMARY = "The daemon that makes a camera a physical <live-pusher>"
HOMEPAGE = "https://developers.weixin.qq.com/miniprogram/dev/component/live-pusher.html"

require conf/distro/include/live-pusher-version.inc
require live-pusher-npm.inc

PV = "${LIVE_PUSHER_VERSION}"

LICENSE = "MIT & ${LIVE_PUSHER_NPM_LICENSES}"
LIC_FILES_CHKSUM = "file://${COMMON_LICENSE_DIR}/MIT;md5=0835ade698e0bcf8506ecda2f7b4f302"

# Compiled JavaScript, the same for every board: scripts/yocto/program makes it from this repository.
SRC_URI = " \
    file://live-pusher-box.tar.gz;subdir=program \
    ${LIVE_PUSHER_NPM} \
"
S = "${UNPACKDIR}/program"
B = "${WORKDIR}/build"

DEPENDS = " \
    gstreamer1.0 \
    gstreamer1.0-plugins-base \
    nodejs-native \
    python3-native \
"

inherit pkgconfig python3native systemd useradd

# compiled here for the board; what else npm packages bring compiled is koffi's, which has a stable binary interface
NATIVE_MODULES = "@serialport/bindings epoll gstreamer-superficial"

NODE_ARCH = ""
NODE_ARCH:aarch64 = "arm64"
NODE_ARCH:x86-64 = "x64"
COMPATIBLE_HOST = "(aarch64|x86_64).*-linux"

NODE_GYP = "${STAGING_LIBDIR_NATIVE}/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js"

do_configure[noexec] = "1"
do_compile[cleandirs] = "${B}"
do_compile() {
    for pair in ${LIVE_PUSHER_NPM_PLACES}; do
        mkdir -p "${B}/${pair%%=*}"
        tar --extract --no-same-owner --strip-components=1 \
            --file="${UNPACKDIR}/npm-tarballs/${pair#*=}" --directory="${B}/${pair%%=*}"
    done

    # nothing is fetched: headers are those of the Node.js that was built beside
    export HOME="${B}"
    export npm_config_offline=true
    for module in ${NATIVE_MODULES}; do
        cd "${B}/node_modules/$module"
        node "${NODE_GYP}" rebuild --release --arch="${NODE_ARCH}" \
            --nodedir="${RECIPE_SYSROOT_NATIVE}${prefix_native}" --python="${PYTHON}"
    done
}

do_install() {
    program=${D}${nonarch_libdir}/live-pusher
    install -d "$program" ${D}${bindir}
    cp -R --no-dereference --preserve=mode,links ${S}/lib/. "$program"/
    cp -R --no-dereference --preserve=mode,links ${B}/node_modules "$program"/

    # only what runs: no sources, no objects, nothing for other systems
    find "$program/node_modules" -type d -name obj.target -prune -exec rm -rf {} +
    find "$program/node_modules" -type f -name '*.node' \
        ! -path '*/build/Release/*' ! -path '*/linux_${NODE_ARCH}/koffi.node' -delete
    find "$program/node_modules" -type f \( -name '*.c' -o -name '*.cc' -o -name '*.cpp' -o -name '*.h' -o -name '*.o' \
        -o -name '*.d' -o -name '*.gyp' -o -name '*.gypi' -o -name '*.mk' -o -name '*.sh' -o -name '*.py' \
        -o -name '*.map' -o -name Makefile \) -delete
    # what is not started is not executable: no dependency on whatever stands behind its #!
    find "$program/node_modules" -type f ! -name '*.node' -exec chmod 0644 {} +
    find "$program/node_modules" -type d -empty -delete
    chown -R root:root "$program"

    chmod 0755 "$program"/build/firmware/main.js
    ln -rs "$program"/build/firmware/main.js ${D}${bindir}/live-pusher

    # the same files at the same places as in the .deb; the configuration is the other recipe's
    for part in systemd update; do
        grep -v '^#' "${S}/$part/install.list" | while read -r file destination mode; do
            case "$destination" in
                /usr/*) install -D -m "$mode" "${S}/$part/$file" "${D}$destination" ;;
            esac
        done
    done
}

SYSTEMD_SERVICE:${PN} = "live-pusher.service live-pusher-reboot.path live-pusher-slot-guard.timer"

# the same user and groups as sysusers.conf makes, which the root can't be changed for any more
USERADD_PACKAGES = "${PN}"
GROUPADD_PARAM:${PN} = "--system gpio; --system render"
USERADD_PARAM:${PN} = " \
    --system --user-group --no-create-home --home-dir /var/lib/live-pusher --shell /sbin/nologin \
    --groups audio,dialout,gpio,render,video live-pusher \
"

FILES:${PN} += "${datadir}/dbus-1 ${nonarch_libdir} ${systemd_system_unitdir}"

RDEPENDS:${PN} = "gstreamer1.0 nodejs"

# koffi comes compiled and stripped, under the checksum of package-lock.json
INSANE_SKIP:${PN} += "already-stripped"
