#!/usr/bin/env bash
# s3_node.sh start|stop DIR [PORT [MON_PORT]]: one Ceph node (mon, osd in memory, radosgw) on loopback.
# Needs Debian's ceph-mon ceph-osd radosgw ceph-common curl.
set -euo pipefail
dir=$(realpath -m "$2"); port=${3:-7480}; mon=127.0.0.1:${4:-$((port - 4000))}; conf=$dir/ceph.conf

run() { # NAME COMMAND...: a daemon in the foreground of its own process, its id in NAME.pid
  local name=$1; shift
  "$@" -c "$conf" -f >"$dir/$name.out" 2>&1 </dev/null & echo $! >"$dir/$name.pid"
}

stop() { # everything is in memory: nothing to save, no reason to wait
  local name
  for name in rgw osd mon; do
    [ ! -f "$dir/$name.pid" ] || kill -9 "$(cat "$dir/$name.pid")" 2>/dev/null || true
  done
}

start() {
  mkdir -p "$dir"/{mon,osd}; local fsid osd
  fsid=$(cat /proc/sys/kernel/random/uuid); osd=$(cat /proc/sys/kernel/random/uuid)
  # ms_mon_client_mode: radosgw insists on "secure" otherwise, which hangs without keys.
  # The paxos pair: start in seconds instead of 17. tcp_nodelay: 304 small reads a second, not 22.
  cat >"$conf" <<C
[global]
fsid = $fsid
mon_host = v2:$mon/0
public_network = 127.0.0.0/8
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
run_dir = $dir
admin_socket = $dir/\$name.asok
log_file = $dir/\$name.log
log_to_stderr = false
mon_cluster_log_file = $dir/cluster.log
crash_dir = $dir
osd_pool_default_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_data = $dir/mon
mon_data_avail_crit = 1
paxos_propose_interval = 0.05
paxos_min_wait = 0.02
osd_data = $dir/osd
osd_objectstore = memstore
memstore_device_bytes = 4294967296
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
ms_mon_client_mode = crc
C
  monmaptool --create --fsid "$fsid" --addv a "[v2:$mon]" "$dir/monmap" >/dev/null
  ceph-mon -c "$conf" --mkfs -i a --monmap "$dir/monmap"
  run mon ceph-mon -i a
  ceph -c "$conf" --connect-timeout 20 osd new "$osd" >/dev/null
  ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$osd" >"$dir/mkfs.out" 2>&1
  ceph -c "$conf" osd crush add osd.0 1 root=default host=localhost 2>/dev/null
  run osd ceph-osd -i 0
  radosgw-admin -c "$conf" user create --uid=test --display-name=test \
    --access-key=test --secret-key=testtest >/dev/null 2>&1
  run rgw radosgw -n client.rgw
  curl -fsS --retry 60 --retry-delay 1 --retry-connrefused -o /dev/null "http://127.0.0.1:$port/"
}

"$1"
