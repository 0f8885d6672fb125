# Clocks and timers.

# Hundredths of a second since the start of the system
uptime_ticks() {
  cut -d' ' -f1 /proc/uptime | tr -d .
}

start=$(uptime_ticks)
sleep 0.3
elapsed=$(($(uptime_ticks) - start))
check sleep [ $elapsed -ge 30 -a $elapsed -lt 1000 ]
start=$(date +%s)
sleep 2
elapsed=$(($(date +%s) - start))
check date [ $elapsed -ge 1 -a $elapsed -lt 20 ]
check timer-interrupts awk -v cpus=$cpus '/arch_timer/ { for (i = 2; i <= cpus + 1; i++) if ($i > 0) alive++ } END { exit alive != cpus }' /proc/interrupts
if [ -e /sys/class/rtc/rtc0 ]; then
  # The kernel sets its clock from the real-time clock; since then they went on side by side.
  apart=$(($(date +%s) - $(cat /sys/class/rtc/rtc0/since_epoch)))
  check rtc [ $apart -ge -5 -a $apart -le 5 ]
fi
