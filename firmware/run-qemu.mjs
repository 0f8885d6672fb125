/*
 * Run the guests on QEMU and compare their consoles with expected/NAME.elN.txt.
 *   node run-qemu.mjs [NAME…]           compare
 *   node run-qemu.mjs --write [NAME…]   write the expected files (read the difference before it is committed)
 * The expected files say what the manual says. Where a guest knows QEMU to deviate it prints "skip NAME: why"; here
 * that stands for "ok NAME".
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runs } from './guests.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const LIMIT_MS = 30_000;
const NEVER_MS = 2_000;

/** QEMU's CPU by the name of ours: `max` without what ours leaves out. */
const CPUS = { 'cortex-a57': 'cortex-a57', max: 'max,lpa2=off' };
/** The `virt` board has RAM here; what is built for another place cannot run on it. */
const RAM_BASE = 0x40000000;

function qemuArguments({ guest, level, cpu, smp }) {
  return [
    ...['-M', `virt,gic-version=${guest.gic ?? 2},virtualization=${level === 2 ? 'on' : 'off'}`, '-cpu', CPUS[cpu]],
    ...['-smp', String(smp), '-m', '128M'],
    ...['-kernel', join(here, 'images', `${guest.name}.elf`), '-semihosting', '-nic', 'none'],
    ...['-display', 'none', '-serial', 'stdio', '-monitor', 'none'],
  ];
}

/** Run a guest; resolves to its console and exit code, 'never' when it had to be stopped. */
function runQemu(run) {
  const { guest } = run;
  return new Promise((resolve, reject) => {
    const child = spawn('qemu-system-aarch64', qemuArguments(run), {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let text = '';
    let stopped = false;
    const timer = setTimeout(
      () => {
        stopped = true;
        child.kill('SIGKILL');
      },
      guest.code === 'never' ? NEVER_MS : LIMIT_MS,
    );
    child.stdout.on('data', (data) => {
      text += data;
    });
    child.stdin.on('error', () => {}); // a guest that ended reads no more
    child.stdin.end(guest.stdin ?? '');
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ text, code: stopped ? 'never' : code });
    });
  });
}

/** A console as the manual would have it: skips are passes, times and notes are left out. */
function normalize(text) {
  return text
    .replace(/^skip (.*?): .*$/gm, 'ok $1')
    .replace(/^(.*): (\d+) ok, (\d+) failed, (\d+) skipped$/gm, (_, name, ok, failed, skipped) => {
      return `${name}: ${Number(ok) + Number(skipped)} ok, ${failed} failed, 0 skipped`;
    })
    .replace(/^(time|note) .*\n/gm, '');
}

async function check(run, write) {
  const { guest, level, cpu, smp } = run;
  const file = join(here, 'expected', run.expected);
  const { text, code } = await runQemu(run);
  const seen = normalize(text);
  if (write) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, seen);
  }
  const expected = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (code === guest.code && seen === expected) return true;
  console.error(`${guest.name} at EL${level} on ${smp} ${cpu}: exit ${code}, want ${guest.code}`);
  if (seen !== expected) console.error(`console differs from ${file}:\n${text}`);
  return false;
}

async function main() {
  const write = process.argv.includes('--write');
  const only = process.argv.slice(2).filter((arg) => !arg.startsWith('-'));
  const wanted = runs.filter(({ guest }) => {
    return (guest.ramBase ?? RAM_BASE) === RAM_BASE && (only.length === 0 || only.includes(guest.name));
  });
  if (wanted.length === 0) throw new Error(`QEMU runs no guest named ${only.join(' or ')}`);
  let failed = 0;
  for (const run of wanted) if (!(await check(run, write))) failed++;
  console.log(`${wanted.length - failed} of ${wanted.length} runs are as expected`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
