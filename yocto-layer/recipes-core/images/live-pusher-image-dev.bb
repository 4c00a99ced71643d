SUMMARY = "The box's image with a shell"
DESCRIPTION = "For desks, not for tripods: root without a password at the serial console and over ssh, and tools."

require live-pusher-image.inc

IMAGE_FEATURES += "allow-empty-password allow-root-login empty-root-password post-install-logging ssh-server-openssh"

IMAGE_INSTALL += " \
    alsa-utils \
    gstreamer1.0-plugins-base-apps \
    htop \
    iproute2 \
    libgpiod-tools \
    mosquitto-clients \
    nodejs-npm \
    strace \
    tcpdump \
    v4l-utils \
"
