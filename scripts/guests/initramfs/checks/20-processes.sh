# Processes: forks, pipes, signals, faults, memory, and the CPUs that they run on.

forks=0
while [ $forks -lt 50 ] && (exit 0); do forks=$((forks + 1)); done
same forks 50 $forks
same exec 50 "$(for i in $(seq 50); do /bin/busybox echo $i; done | tail -n 1)"
same pipes 4194304 "$(dd if=/dev/zero bs=64k count=64 2>/dev/null | cat | cat | wc -c)"

signals=0
trap 'signals=$((signals + 1))' USR1
for i in 1 2 3 4 5; do kill -USR1 $$; done
trap - USR1
same signals 5 $signals
sh -c 'kill -KILL $$'
same killed 137 $?
timeout 1 sleep 100
same alarm 143 $?
sleep 100 &
kill $!
wait $!
same terminated 143 $?

head -c 2097152 /dev/urandom >random
same memory "$(digest md5sum random)" "$(cat random | digest md5sum)"
rm random

cpus=$(nproc)
echo "cpus: $cpus"
for cpu in $(seq 0 $((cpus - 1))); do
  # The 39th field of a process's stat is the CPU that it last ran on (proc(5)).
  same "cpu$cpu" $cpu "$(taskset $(printf %x $((1 << cpu))) cut -d' ' -f39 /proc/self/stat)"
done
for job in 1 2 3 4; do gzip -9 <numbers | gunzip | digest md5sum >job$job & done
wait
same parallel 4 "$(cat job1 job2 job3 job4 | grep -c e071f707df7bbeee2a6a1eb48011ddd0)"
