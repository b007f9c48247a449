#!/bin/sh
# Makes an installed Debian a cluster node: customize.sh ROOT OVERLAY. What minikube expects of its base image is listed here.
set -eu
root=$1 overlay=$2

cp -R "$overlay"/. "$root"/

# minikube logs in as this user, with a key that it puts there, and works through sudo.
chroot "$root" useradd --create-home --shell /bin/bash --password '*' docker
install -d -m 0700 -o 1000 -g 1000 "$root/home/docker/.ssh"
echo 'docker ALL=(ALL) NOPASSWD:ALL' >"$root/etc/sudoers.d/docker"
chmod 0440 "$root/etc/sudoers.d/docker"
echo 'PasswordAuthentication no' >"$root/etc/ssh/sshd_config.d/keys-only.conf"

mkdir -p "$root/opt/cni/bin" "$root/kind" "$root/etc/systemd/system/multi-user.target.wants"
cp -a "$root/usr/lib/cni/." "$root/opt/cni/bin/"
ln -s ../containerd.service "$root/etc/systemd/system/multi-user.target.wants/containerd.service"

# On a host without CAP_SYS_RESOURCE the shim takes runc's name, see toolchain/runc-shim.
if [ -e "$root/usr/sbin/runc.shim" ]; then
  mv "$root/usr/sbin/runc" "$root/usr/sbin/runc.real"
  mv "$root/usr/sbin/runc.shim" "$root/usr/sbin/runc"
fi

# Identity is made at the first start, not shared by all nodes of this image.
rm -f "$root"/etc/ssh/ssh_host_*
: >"$root/etc/machine-id"
