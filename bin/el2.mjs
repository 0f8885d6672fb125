#!/usr/bin/env node
/** The `el2` command: brings dist/ up to date when it runs in a checkout, then hands over to dist/cli.mjs. */

import './require-node.mjs';
import { existsSync } from 'node:fs';

const isCheckout = existsSync(new URL('../src', import.meta.url));

async function prepareCheckout() {
  const { PackagesMissing, rebuildIfStale } = await import('../scripts/build.mjs');
  try {
    await rebuildIfStale();
    return true;
  } catch (error) {
    // esbuild has already printed the errors of a build that failed.
    if (error instanceof PackagesMissing) process.stderr.write(`el2: ${error.message}\n`);
    else if (!Array.isArray(error?.errors)) throw error;
    return false;
  }
}

if (!isCheckout || (await prepareCheckout())) await import('../dist/cli.mjs');
else process.exitCode = 1;
