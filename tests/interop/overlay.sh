#!/bin/sh
# overlay.sh FOLDER PACKAGE...: install packages in a copy-on-write view of this machine and run
# FOLDER/run there. For a separate mount and process namespace, which vanishes with all of it:
# only what is written to FOLDER stays. Ends with 75, and the reason, where that is not possible.
set -u
folder=$1
shift
view=$folder/view

cannot() {
    echo "$1"
    exit 75
}

mkdir "$view" && mount -t tmpfs tmpfs "$view" && mkdir "$view/changes" "$view/work" "$view/root"
root=$view/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$view/changes,workdir=$view/work" "$root" ||
    cannot "an overlay cannot be mounted here"
{
    mount --rbind /dev "$root/dev" && mount --rbind /sys "$root/sys" &&
        mount -t proc proc "$root/proc" && mkdir -p "$root$folder" &&
        mount --bind "$folder" "$root$folder"
} || cannot "file systems cannot be mounted in an overlay here"
# In a container these are mounts, which an overlay does not show.
for name in hosts resolv.conf; do
    cp --dereference --remove-destination "/etc/$name" "$root/etc/$name"
done
# No service may start: nothing here is meant for the machine.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"

quietly() {
    DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get -qq -o Acquire::Retries=1 \
        -o Acquire::http::Timeout=20 "$@" </dev/null >/dev/null 2>&1
}

quietly install --yes --no-install-recommends "$@" ||
    { quietly update; quietly install --yes --no-install-recommends "$@"; } ||
    cannot "$* cannot be installed"
exec chroot "$root" /bin/sh "$folder/run"
