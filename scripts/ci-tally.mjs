/**
 * Sums vitest's JSON reports and the steps that broke, and prints "N passed, N failed" as its last line.
 * `node scripts/ci-tally.mjs REPORT=EXIT_CODE... -- BROKEN_STEP...`; exits with 1 on any failure, or when no test ran.
 */

import { readFileSync } from 'node:fs';

const args = process.argv.slice(2);
const suites = args.slice(0, args.indexOf('--'));
const broken = args.slice(args.indexOf('--') + 1).map((step) => `step ${step}`);

/** Passed tests and the names of what failed in one report; a report that cannot be read is one failure. */
function tally(suite) {
  const [path, exitCode] = suite.split('=');
  let report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return { passed: 0, failed: [`${path}: no report (${error.message})`] };
  }
  const failed = report.testResults.flatMap(({ name, status, assertionResults }) => {
    const tests = assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => `${name}: ${test.fullName}`);
    // A file that does not load, or whose hooks fail, has no failed test of its own.
    return status === 'failed' && tests.length === 0 ? [name] : tests;
  });
  if (exitCode !== '0' && failed.length === 0) failed.push(`${path}: exit code ${exitCode} outside its tests`);
  if (report.numPassedTests === 0 && failed.length === 0) failed.push(`${path}: no test ran`);
  return { passed: report.numPassedTests, failed };
}

const tallies = suites.map(tally);
const failed = [...tallies.flatMap((one) => one.failed), ...broken];
const passed = tallies.reduce((sum, one) => sum + one.passed, 0);

for (const name of failed) process.stdout.write(`failed: ${name}\n`);
process.stdout.write(`${passed} passed, ${failed.length} failed\n`);
process.exitCode = failed.length > 0 || passed === 0 ? 1 : 0;
