/** Debian's arm64 packages by apt, in a state of its own: no root, nothing of the host's packages is read or changed. */

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GuestsError } from './guests-error.ts';
import { SUITES } from './packages.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const DEBIAN_ONLY = 'the guests are fetched on Debian, or wherever apt, dpkg and debian-archive-keyring are installed';

/** A package as the signed index describes it. */
interface Package {
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Runs a program to its end; its output. Throws GuestsError with the first line of what it complained about. */
export function run(program: string, args: readonly string[], cwd: string): string {
  const ended: SpawnSyncReturns<string> = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (ended.error !== undefined)
    throw new GuestsError(`cannot run ${program} (${ended.error.message}): ${DEBIAN_ONLY}`);
  if (ended.status !== 0) {
    const lines = ended.stderr.split('\n');
    // apt marks its errors; what comes before them are warnings.
    const complaint = (lines.find((line) => line.startsWith('E: ')) ?? lines[0]).replace(/^E: /, '');
    throw new GuestsError(`${program}: ${complaint}; check the network and the free space, then try again`);
  }
  return ended.stdout;
}

export class Apt {
  readonly #folder: string;
  readonly #options: readonly string[];

  /** The folder keeps lists and packages from one run to the next. Throws GuestsError without Debian's keys. */
  constructor(folder: string) {
    if (!existsSync(KEYRING)) throw new GuestsError(`${KEYRING} is missing: ${DEBIAN_ONLY}`);
    this.#folder = folder;
    const at = (name: string): string => join(folder, name);
    for (const name of ['lists/partial', 'archives/partial', 'packages']) mkdirSync(at(name), { recursive: true });
    const sources = SUITES.map(
      ({ archive, suite }) => `deb [signed-by=${KEYRING}] http://deb.debian.org/${archive} ${suite} main\n`,
    );
    writeFileSync(at('sources.list'), sources.join(''));
    writeFileSync(at('status'), '');
    this.#options = Object.entries({
      'APT::Architecture': 'arm64',
      'APT::Architectures': 'arm64',
      // As root, apt would download as another user, who may not write here.
      'APT::Sandbox::User': '',
      // Else a list that cannot be had is only a warning.
      'APT::Update::Error-Mode': 'any',
      'Acquire::Retries': '1',
      'Acquire::Languages': 'none',
      'Dir::Etc::sourcelist': at('sources.list'),
      'Dir::Etc::sourceparts': '-',
      'Dir::State::Lists': at('lists'),
      'Dir::State::status': at('status'),
      'Dir::Cache': folder,
      'Dir::Cache::pkgcache': '',
      'Dir::Cache::srcpkgcache': '',
    }).map(([name, value]) => `-o${name}=${value}`);
  }

  #run(program: 'apt-get' | 'apt-cache', ...args: string[]): string {
    return run(program, [...this.#options, ...args], join(this.#folder, 'packages'));
  }

  /** Fetches the indexes; apt checks their signatures. */
  update(): void {
    this.#run('apt-get', 'update', '-q');
  }

  /** The package that a meta package depends on. */
  dependency(meta: string): string {
    const name = /Depends: (\S+)/.exec(this.#run('apt-cache', 'depends', meta))?.[1];
    if (name === undefined)
      throw new GuestsError(`package ${meta} depends on nothing; correct scripts/guests/packages.ts`);
    return name;
  }

  /** The packages with all that they depend on. */
  withDependencies(names: readonly string[]): string[] {
    const plan = this.#run('apt-get', 'install', '--print-uris', '-qq', '-y', '--no-install-recommends', ...names);
    return [...plan.matchAll(/^'\S+' ([^\s_]+)_/gm)].map(([, name]) => name);
  }

  /** Downloads what is missing or incomplete, checks every file against the signed index; their paths by package. */
  download(names: readonly string[]): Record<string, string> {
    const packages = this.#describe(names);
    const path = ({ file }: Package): string => join(this.#folder, 'packages', file);
    const isWhole = (one: Package): boolean =>
      existsSync(path(one)) &&
      createHash('sha256')
        .update(readFileSync(path(one)))
        .digest('hex') === one.sha256;
    const missing = packages.filter((one) => !isWhole(one));
    // apt resumes a file that is too short, and takes any file of the right size for the right one.
    for (const one of missing) if (existsSync(path(one)) && statSync(path(one)).size >= one.bytes) rmSync(path(one));
    if (missing.length > 0) this.#run('apt-get', 'download', '-q', ...missing.map(({ name }) => name));
    const damaged = missing.find((one) => !isWhole(one));
    if (damaged !== undefined) throw new GuestsError(`${path(damaged)} is damaged; try again`);
    return Object.fromEntries(packages.map((one) => [one.name, path(one)]));
  }

  #describe(names: readonly string[]): Package[] {
    const stanzas = this.#run('apt-cache', 'show', '--no-all-versions', ...names)
      .trim()
      .split('\n\n');
    return stanzas.map((stanza) => {
      const field = (label: string): string => new RegExp(`^${label}: (.*)$`, 'm').exec(stanza)?.[1] ?? '';
      const name = field('Package');
      const file = `${name}_${field('Version').replaceAll(':', '%3a')}_${field('Architecture')}.deb`;
      return { name, file, bytes: Number(field('Size')), sha256: field('SHA256') };
    });
  }
}
