/** How the interpreter goes from block to block: by a link, else by the jump cache, else by a look-up in TypeScript. */

import { assign, type Code, get, i32c, L32, L64, set, tee, uleb, use, when } from '../ir/code.ts';
import { i32 } from '../ir/expr.ts';
import {
  HEADER_HEAT,
  HEADER_INSTRUCTIONS,
  HEADER_REGION,
  JUMP_CACHE_START,
  NO_LINK,
  REGION_ENTRY_SHIFT,
  REGION_INDEX_MASK,
} from '../ir/records.ts';
import { BLOCK, BUDGET, CALLED_OUT, EXIT_AT, PC } from '../slots.ts';
import { BUDGET_OUT, HOT, LEFT } from './interpreter-exits.ts';
import { cpu, header, type Imports, ip, LINK_AT, local, ret, setIp, setLocal } from './interpreter-locals.ts';
import type { InterpreterTarget } from './interpreter-target.ts';
import { jumpCacheHit, jumpCacheShares, jumpCacheTake } from './jump-cache.ts';
import type { CodeWriter } from './writer.ts';

/** Makes `ip` the block that the link at LINK_AT leads to, or 0 where that is not known, or not known to be there still. */
function takeLink(out: CodeWriter): void {
  const isOpen = i32.and(i32.ne(tee(L32[0], i32.load(local(LINK_AT))), i32c(NO_LINK)), i32.eqz(get(CALLED_OUT)));
  out.when(local(LINK_AT), () =>
    out.when(
      isOpen,
      () => out.emit(setIp(use(L32[0]))),
      () => out.emit(setLocal(LINK_AT, i32c(0))),
    ),
  );
}

/** Makes `ip` the block at PC; what is found in the jump cache becomes the link at LINK_AT. */
function lookUp(out: CodeWriter, imports: Imports): void {
  const [pc] = L64;
  const [entry, , start, page] = L32;
  const link: Code = when(local(LINK_AT), i32.store(local(LINK_AT), ip));
  out.emit(assign(pc, get(PC)), set(CALLED_OUT, i32c(0)));
  out.when(
    jumpCacheHit([0x23, ...uleb(imports.jumpCache)], cpu, pc, entry),
    () => out.emit(setIp(i32.load(use(entry), JUMP_CACHE_START)), link),
    () =>
      out.when(
        jumpCacheShares(pc, entry, start, page),
        () => out.emit(jumpCacheTake(cpu, pc, entry), setIp(use(start)), link),
        () => {
          out.emit(setIp([0x10, ...uleb(imports.lookup)]));
          out.when(i32.eqz(ip), () => out.emit(ret(LEFT)));
        },
      ),
  );
}

/** Finds the block at PC, pays for it out of the budget, and enters its region if it has one. */
export function enterBlock(out: CodeWriter, target: InterpreterTarget, imports: Imports, regionType: number): void {
  const [entry, left] = L32;
  takeLink(out);
  out.when(i32.eqz(ip), () => lookUp(out, imports));
  out.emit(assign(left, i32.sub(get(BUDGET), header(HEADER_INSTRUCTIONS))));
  out.when(i32.lt_s(use(left), i32c(0)), () => {
    // The link may lead to a dead block.
    out.when(local(LINK_AT), () => {
      out.emit(i32.store(local(LINK_AT), i32c(0)));
      target.find(out);
    });
    out.emit(set(EXIT_AT, ip), ret(BUDGET_OUT));
  });
  const heat: Code = i32.sub(ip, i32c(-HEADER_HEAT));
  out.emit(i32.store(heat, tee(entry, i32.sub(i32.load(heat), i32c(1)))));
  out.when(i32.eqz(use(entry)), () => out.emit(set(EXIT_AT, ip), ret(HOT)));
  // A region pays for its blocks itself.
  out.when(tee(entry, header(HEADER_REGION)), () => {
    const number = i32.shr_u(use(entry), i32c(REGION_ENTRY_SHIFT));
    const index = i32.and(use(entry), i32c(REGION_INDEX_MASK));
    out.emit(setIp([cpu, number, index, 0x11, ...uleb(regionType), 0]), setLocal(LINK_AT, i32c(0)));
    out.br(target.dispatch);
  });
  out.emit(set(BUDGET, use(left)), set(BLOCK, ip));
}
