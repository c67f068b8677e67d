#!/usr/bin/env node
import fs from 'node:fs';
// Replays recorded Kubernetes API transcripts against any API server and
// compares what comes back with what a real kube-apiserver answered.
// test/fixtures/transcripts/README.md describes the format.
//
//   node replay.mjs --server https://127.0.0.1:6443 --token admin-token \
//        --user jane=user-token --insecure [--area X] [--case Y] [--json] \
//        [--verbose] [--timeout ms] [--max-retry ms] recorded/ [more dirs or files]
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

// ---------------------------------------------------------------- templates

export class TemplateError extends Error {}

export function lookup(vars, expr) {
  let cur = vars;
  for (const part of expr.split('.')) {
    if (cur === null || cur === undefined || typeof cur !== 'object' || !(part in cur)) {
      throw new TemplateError(`unresolved \${${expr}}`);
    }
    cur = cur[part];
  }
  return cur;
}

export function mergePatch(target, patch) {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch;
  const out = target && typeof target === 'object' && !Array.isArray(target) ? { ...target } : {};
  for (const [k, v] of Object.entries(patch)) {
    if (v === null) delete out[k];
    else out[k] = mergePatch(out[k], v);
  }
  return out;
}

// "${a.b}" alone keeps the type of the value; inside a longer string it is
// turned into text. An object {"$from":"step","$merge":{...}} is the body of
// that earlier response with an RFC 7386 merge patch applied;
// {"$repeat":["x",1000]} is a long string.
export function expand(value, vars) {
  if (typeof value === 'string') {
    const whole = /^\$\{([^{}]+)\}$/.exec(value);
    if (whole) return lookup(vars, whole[1]);
    return value.replace(/\$\{([^{}]+)\}/g, (_, e) => {
      const v = lookup(vars, e);
      return typeof v === 'string' ? v : JSON.stringify(v);
    });
  }
  if (Array.isArray(value)) return value.map((v) => expand(v, vars));
  if (value && typeof value === 'object') {
    if (Array.isArray(value.$repeat)) return value.$repeat[0].repeat(value.$repeat[1]);
    if (typeof value.$from === 'string') {
      const base = structuredClone(lookup(vars, value.$from));
      return mergePatch(base, expand(value.$merge ?? {}, vars));
    }
    const out = {};
    for (const [k, v] of Object.entries(value)) out[expand(k, vars)] = expand(v, vars);
    return out;
  }
  return value;
}

// ---------------------------------------------------------------- http

export const RECORDED_HEADERS = [
  'content-type',
  'warning',
  'retry-after',
  'allow',
  'location',
  'www-authenticate',
  'cache-control',
  'x-content-type-options',
  'etag',
  'vary',
];

export class Client {
  constructor({ server, tokens, insecure, timeout = 30000, maxRetry = Infinity }) {
    this.maxRetry = maxRetry;
    this.base = new URL(server);
    this.tokens = tokens;
    this.timeout = timeout;
    this.mod = this.base.protocol === 'http:' ? http : https;
    this.agent = new this.mod.Agent({ keepAlive: true, maxSockets: 16, rejectUnauthorized: !insecure });
    this.insecure = insecure;
  }

  options(req) {
    const headers = { accept: 'application/json', 'user-agent': 'conformance/1.0' };
    const user = req.user ?? 'admin';
    if (user !== 'none') {
      if (!(user in this.tokens)) throw new Error(`no token for user ${user} (use --user ${user}=TOKEN)`);
      headers.authorization = `Bearer ${this.tokens[user]}`;
    }
    let data;
    if (req.rawBody !== undefined) data = Buffer.from(req.rawBody, 'utf8');
    else if (req.body !== undefined) {
      data = Buffer.from(JSON.stringify(req.body), 'utf8');
      headers['content-type'] = 'application/json';
    }
    for (const [k, v] of Object.entries(req.headers ?? {})) {
      if (v === null) delete headers[k.toLowerCase()];
      else headers[k.toLowerCase()] = v;
    }
    if (data) headers['content-length'] = data.length;
    return {
      data,
      opts: {
        protocol: this.base.protocol,
        hostname: this.base.hostname,
        port: this.base.port,
        path: req.path,
        method: req.method,
        headers,
        agent: this.agent,
        rejectUnauthorized: !this.insecure,
      },
    };
  }

  // onOpen is called (once) when the response headers have arrived.
  send(req, { onOpen, timeout } = {}) {
    return new Promise((resolve, reject) => {
      const { data, opts } = this.options(req);
      const limit = timeout ?? this.timeout;
      let done = false;
      const chunks = [];
      let head;
      const finish = (extra) => {
        if (done) return;
        done = true;
        clearTimeout(timer);
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: head.statusCode, headers: pickHeaders(head), text, ...extra });
      };
      const r = this.mod.request(opts, (res) => {
        head = res;
        if (onOpen) onOpen(res.statusCode);
        res.on('data', (c) => chunks.push(c));
        res.on('end', () => finish({ ended: true }));
        res.on('error', () => finish({ ended: false }));
      });
      const timer = setTimeout(() => {
        if (head) {
          finish({ ended: false });
          r.destroy();
        } else r.destroy(new Error(`no answer within ${limit} ms`));
      }, limit);
      r.on('error', (e) => {
        if (!done) {
          if (head) finish({ ended: false });
          else {
            done = true;
            clearTimeout(timer);
            reject(e);
          }
        }
      });
      if (data) r.write(data);
      r.end();
    });
  }

  async request(req) {
    const r = await this.send(req);
    return { status: r.status, headers: r.headers, body: parseBody(r.headers, r.text) };
  }

  // A watch: opens the stream, runs `during` while it is open, waits for its end.
  async watch(req, during) {
    const q = /[?&]timeoutSeconds=(\d+)/.exec(req.path);
    const secs = q ? Number(q[1]) : 2;
    let opened;
    const open = new Promise((res) => {
      opened = res;
    });
    const all = this.send(req, { onOpen: opened, timeout: secs * 1000 + 4000 }).catch((e) => {
      opened(0);
      throw e;
    });
    all.catch(() => {});
    const st = await open;
    let inner;
    if (st === 200) {
      await sleep(40);
      inner = await during();
    } else inner = await during();
    const r = await all;
    const out = { status: r.status, headers: r.headers };
    if (r.status !== 200) out.body = parseBody(r.headers, r.text);
    else {
      out.events = r.text
        .split('\n')
        .filter((l) => l.trim() !== '')
        .map((l) => {
          try {
            return JSON.parse(l);
          } catch {
            return { unparsable: l };
          }
        });
      if (!r.ended) out.streamEnded = false;
    }
    return { response: out, inner };
  }
}

function pickHeaders(res) {
  const out = {};
  for (const h of RECORDED_HEADERS) {
    if (h === 'warning') {
      const list = [];
      for (let i = 0; i < res.rawHeaders.length; i += 2) {
        if (res.rawHeaders[i].toLowerCase() === 'warning') list.push(res.rawHeaders[i + 1]);
      }
      if (list.length) out.warning = list;
    } else if (res.headers[h] !== undefined) out[h] = res.headers[h];
  }
  return out;
}

export function parseBody(headers, text) {
  const ct = headers['content-type'] ?? '';
  if ((/json/.test(ct) && text.trim() !== '') || text.startsWith('{"')) {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  return text;
}

export const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

// ---------------------------------------------------------------- running a case

const ALPHA = 'bcdfghjkmnpqrtvwxz';
const ALNUM = `${ALPHA}2456789`;
export function newVars() {
  const pick = (s) => s[Math.floor(Math.random() * s.length)];
  const u = pick(ALPHA) + pick('2456789') + pick(ALNUM) + pick('2456789') + pick(ALNUM) + pick(ALPHA);
  return { u, ns: `t-${u}` };
}

const matches = (want, resp) => {
  if (want.status !== undefined && resp.status !== want.status) return false;
  for (const [k, v] of Object.entries(want.body ?? {})) {
    let got;
    try {
      got = lookup(resp.body, k);
    } catch {
      return false;
    }
    if (JSON.stringify(got) !== JSON.stringify(v)) return false;
  }
  for (const k of want.has ?? []) {
    try {
      lookup(resp.body, k);
    } catch {
      return false;
    }
  }
  for (const k of want.lacks ?? []) {
    try {
      lookup(resp.body, k);
      return false;
    } catch {
      /* absent, as wanted */
    }
  }
  return true;
};

// Runs the steps; calls onStep(index path, step, result) for each, in order.
// Returns nothing; results are {response} or {error}.
export async function runSteps(client, steps, vars, created, onStep, prefix = []) {
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i];
    const at = [...prefix, i];
    let result;
    try {
      if (step.pauseMs) await sleep(step.pauseMs);
      const req = expandRequest(step.request, vars);
      if (step.watch) {
        const { response } = await client.watch(req, () =>
          runSteps(client, step.during ?? [], vars, created, onStep, [...at, 'during']),
        );
        result = { response };
        if (step.id) vars[step.id] = response.events ?? response.body;
      } else {
        let response = await client.request(req);
        if (step.retry) {
          const until = Date.now() + Math.min(step.retry.timeoutMs ?? 10000, client.maxRetry);
          while (!matches(step.retry, response) && Date.now() < until) {
            await sleep(step.retry.everyMs ?? 150);
            response = await client.request(expandRequest(step.request, vars));
          }
        }
        result = { response };
        if (step.id) vars[step.id] = response.body;
        remember(created, req, response);
      }
    } catch (e) {
      result = { error: e };
    }
    await onStep(at, step, result);
  }
}

export function expandRequest(request, vars) {
  const out = { method: request.method, path: expand(request.path, vars) };
  if (request.user) out.user = request.user;
  if (request.headers) out.headers = expand(request.headers, vars);
  if (request.rawBody !== undefined) out.rawBody = String(expand(`${request.rawBody} `, vars)).slice(0, -1);
  else if (request.body !== undefined) out.body = expand(request.body, vars);
  return out;
}

const SUBRESOURCES = new Set([
  'status',
  'scale',
  'binding',
  'eviction',
  'token',
  'ephemeralcontainers',
  'resize',
  'finalize',
  'approval',
]);

function remember(created, req, resp) {
  if (!['POST', 'PUT', 'PATCH'].includes(req.method) || resp.status < 200 || resp.status > 299) return;
  const [p, q = ''] = req.path.split('?');
  if (/(^|&)dryRun=/.test(q)) return;
  const b = resp.body;
  if (!b || typeof b !== 'object' || !b.metadata || !b.metadata.name) return;
  const seg = p.split('/').filter(Boolean);
  if (SUBRESOURCES.has(seg.at(-1)) && seg.length > 3) return;
  if (/reviews$/.test(seg.at(-1)) || seg.at(-1) === 'bindings') return;
  const obj = req.method === 'POST' ? `${p}/${b.metadata.name}` : p;
  if (!created.includes(obj)) created.push(obj);
}

export async function cleanup(client, created) {
  const problems = [];
  const call = (method, p, body, headers) =>
    client.request({ method, path: p, body, headers }).catch((e) => ({ status: 0, body: String(e) }));
  for (const p of [...created].reverse()) {
    const isNs = /^\/api\/v1\/namespaces\/[^/]+$/.test(p);
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0, propagationPolicy: 'Background' };
    let r = await call('DELETE', p, body);
    if (r.status === 404) continue;
    if (isNs) {
      const g = await call('GET', p);
      if (g.status === 200) {
        g.body.spec = { finalizers: [] };
        await call('PUT', `${p}/finalize`, g.body);
        const g2 = await call('GET', p);
        if (g2.status === 200 && g2.body?.metadata?.finalizers) {
          await call(
            'PATCH',
            p,
            { metadata: { finalizers: null } },
            { 'content-type': 'application/merge-patch+json' },
          );
        }
      }
      continue;
    }
    const isCRD = p.includes('/customresourcedefinitions/');
    for (let n = 0; n < (isCRD ? 40 : 30); n++) {
      r = await call('GET', p);
      if (r.status !== 200) break;
      if (n > 1 && !isCRD) await sleep(200); // an admission policy may outlive its deletion for a moment
      if (r.body?.metadata?.deletionTimestamp === undefined) await call('DELETE', p, body);
      else if (!isCRD)
        await call('PATCH', p, { metadata: { finalizers: null } }, { 'content-type': 'application/merge-patch+json' });
      else await sleep(250);
    }
    if (r.status === 200) problems.push(p);
  }
  return problems;
}

// ---------------------------------------------------------------- comparison

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const TIME = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})?(?:Z|[+-]\\d\\d:\\d\\d)';
const IP = '(?:\\d{1,3}\\.){3}\\d{1,3}(?![\\d.])|fd[0-9a-f]{2}:[0-9a-f:]+';
const JWT = 'eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+';
const KAA = 'kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}';
const TOKEN = new RegExp(`${JWT}|${UUID}|${TIME}|${KAA}|${IP}`, 'g');
const FULL = {
  uuid: new RegExp(`^${UUID}$`),
  time: new RegExp(`^${TIME}$`),
  ip: new RegExp(`^(?:${IP})$`),
  jwt: new RegExp(`^${JWT}$`),
  kaa: new RegExp(`^${KAA}$`),
};
const kindOf = (t) => Object.keys(FULL).find((k) => FULL[k].test(t)) ?? 'name';
const DURATION = /^(<invalid>|<unknown>|\d+(\.\d+)?(ms|s|m|h|d|y)(\d+(s|m|h|d))?( ago)?)$/;
const escapeRe = (t) => t.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

export class Comparer {
  constructor(recVars, actVars, requestText) {
    this.recVars = recVars;
    this.actVars = actVars;
    this.requestText = requestText; // text of all recorded requests of the case
    // names made from a generateName in one of the requests
    const prefixes = [...requestText.matchAll(/"generateName":"([^"$]+)"/g)].map((m) => escapeRe(m[1].slice(0, 58)));
    this.token = prefixes.length
      ? new RegExp(
          `${[...new Set(prefixes)].map((p) => `${p}[bcdfghjklmnpqrstvwxz2456789]{5}(?![a-z0-9])`).join('|')}|${TOKEN.source}`,
          'g',
        )
      : TOKEN;
    this.bind = {
      name: [new Map(), new Map()],
      uuid: [new Map(), new Map()],
      ip: [new Map(), new Map()],
      kaa: [new Map(), new Map()],
      rv: [new Map(), new Map()],
      port: [new Map(), new Map()],
    };
    this.diffs = [];
  }

  bound(kind, rec, act) {
    const [f, b] = this.bind[kind];
    if (!f.has(rec) && !b.has(act)) {
      f.set(rec, act);
      b.set(act, rec);
      return true;
    }
    return f.get(rec) === act && b.get(act) === rec;
  }

  sub(s, side) {
    const u = side === 0 ? this.recVars.u : this.actVars.u;
    return u ? s.split(u).join('<u>') : s;
  }

  fixed(t) {
    return this.requestText.includes(t);
  }

  sameString(rec, act, soft = false) {
    const r = this.sub(rec, 0);
    const a = this.sub(act, 1);
    const rt = r.match(this.token) ?? [];
    const at = a.match(this.token) ?? [];
    let rs = r.replace(this.token, '\u0000');
    let as = a.replace(this.token, '\u0000');
    if (soft) {
      const blank = (s, other) => s.replace(/\d+/g, (d) => (this.fixed(d) && other.includes(d) ? d : '\u0001'));
      const rs2 = blank(rs, as);
      as = blank(as, rs);
      rs = rs2;
    }
    if (rs !== as || rt.length !== at.length) return false;
    for (let i = 0; i < rt.length; i++) if (!this.sameToken(rt[i], at[i])) return false;
    return true;
  }

  sameToken(r, a) {
    const k = kindOf(r);
    if (this.fixed(r)) return r === a;
    if (k !== kindOf(a)) return false;
    if (k === 'time') {
      const fr = /\.\d+/.test(r);
      return fr === /\.\d+/.test(a) && !Number.isNaN(Date.parse(a));
    }
    if (k === 'jwt') return true;
    if (k === 'ip') {
      if (!/:/.test(a) && a.split('.').some((n) => Number(n) > 255)) return false;
      return this.bound('ip', r, a);
    }
    return this.bound(k, r, a);
  }

  diff(level, at, rec, act) {
    this.diffs.push({ level, at: at || '/', recorded: rec, actual: act });
  }

  walk(rec, act, at, ctx = {}) {
    if (rec === undefined && act === undefined) return;
    if (rec === undefined || act === undefined || (rec === null) !== (act === null)) {
      this.diff('behaviour', at, rec, act);
      return;
    }
    if (rec === null) return;
    if (typeof rec !== typeof act || Array.isArray(rec) !== Array.isArray(act)) {
      this.diff('behaviour', at, rec, act);
      return;
    }
    if (typeof rec === 'string') {
      if (ctx.cell && DURATION.test(rec) && DURATION.test(act)) return;
      if (!this.sameString(rec, act)) this.diff('behaviour', at, rec, act);
      return;
    }
    if (typeof rec !== 'object') {
      if (rec !== act) this.diff('behaviour', at, rec, act);
      return;
    }
    if (Array.isArray(rec)) {
      if (rec.length !== act.length) {
        this.diff('behaviour', `${at} (length)`, rec.length, act.length);
        const n = (x) =>
          x && typeof x === 'object' ? (x.metadata?.name ?? x.object?.metadata?.name ?? x.name ?? x.type) : x;
        if (rec.length < 60) this.diff('behaviour', `${at} (names)`, rec.map(n), act.map(n));
        return;
      }
      for (const [i, v] of rec.entries()) this.walk(v, act[i], `${at}/${i}`, { cell: ctx.cells });
      return;
    }
    if (rec.kind === 'Status' && rec.apiVersion === 'v1' && (rec.metadata || rec.status)) {
      this.status(rec, act, at);
      return;
    }
    this.object(rec, act, at, ctx);
  }

  object(rec, act, at, ctx) {
    const isList = Array.isArray(rec.items) || rec.kind === 'Table' || /List$/.test(rec.kind ?? '');
    const isReview = /Review$/.test(rec.kind ?? '');
    const left = new Map(Object.keys(act).map((k) => [this.sub(k, 1), k]));
    const used = new Set();
    for (const k of Object.keys(rec).sort()) {
      let ak = left.get(this.sub(k, 0));
      if (ak === undefined && k.match(this.token))
        ak = Object.keys(act).find((c) => !used.has(c) && this.sameString(k, c));
      if (ak === undefined) {
        this.diff('behaviour', `${at}/${k}`, rec[k], undefined);
        continue;
      }
      used.add(ak);
      this.member(k, rec, act, rec[k], act[ak], `${at}/${k}`, {
        ...ctx,
        isList: k === 'metadata' && isList,
        isReview: k === 'status' && isReview,
        parentKey: k,
      });
    }
    for (const k of Object.keys(act)) if (!used.has(k)) this.diff('behaviour', `${at}/${k}`, undefined, act[k]);
  }

  member(k, _rec, _act, r, a, at, ctx) {
    const softStr = () => {
      if (typeof r !== 'string' || typeof a !== 'string') this.walk(r, a, at);
      else if (!this.sameString(r, a, true)) this.diff('message', at, r, a);
    };
    switch (k) {
      case 'resourceVersion': {
        if (typeof r !== 'string' || typeof a !== 'string') return this.walk(r, a, at);
        if (r === '' || r === '0') {
          if (a !== r) this.diff('behaviour', at, r, a);
          return;
        }
        if (!/^\d+$/.test(a)) return this.diff('behaviour', `${at} (format)`, r, a);
        if (ctx.listMeta) return;
        if (!this.bound('rv', r, a))
          this.diff(
            'behaviour',
            `${at} (same/different than before)`,
            `${r} seen as ${this.bind.rv[0].get(r) ?? 'new'}`,
            `${a} seen as ${this.bind.rv[1].get(a) ?? 'new'}`,
          );
        return;
      }
      case 'continue':
        if (typeof a !== 'string' || (r === '') !== (a === '')) this.diff('behaviour', at, r, a);
        return;
      case 'storageVersionHash':
        if (typeof a !== 'string' || !/^[A-Za-z0-9+/]{11}=$/.test(a)) this.diff('behaviour', at, r, a);
        return;
      case 'managedFields':
        if (Array.isArray(r) && Array.isArray(a)) {
          const key = (side) => (e) =>
            this.sub(`${e.manager}|${e.operation}|${e.apiVersion}|${e.subresource ?? ''}`, side);
          const sort = (l, side) => [...l].sort((x, y) => (key(side)(x) < key(side)(y) ? -1 : 1));
          return this.walk(sort(r, 0), sort(a, 1), at);
        }
        return this.walk(r, a, at);
      case 'nodePort':
      case 'healthCheckNodePort':
        if (typeof r === 'number' && r >= 30000 && !this.fixed(String(r))) {
          if (typeof a !== 'number' || a < 30000 || a > 32767 || !this.bound('port', r, a))
            this.diff('behaviour', at, r, a);
          return;
        }
        return this.walk(r, a, at);
      case 'message':
      case 'evaluationError':
        return softStr();
      case 'description':
        return softStr();
      case 'error':
        return softStr();
      case 'serverAddress':
        if (typeof a !== 'string' || !/^\S+:\d+$/.test(a)) this.diff('behaviour', at, r, a);
        return;
      case 'reason':
        if (ctx.inReviewStatus) return softStr();
        return this.walk(r, a, at);
      case 'cells':
        return this.walk(r, a, at, { cells: true });
      case 'metadata':
        if (r && typeof r === 'object' && a && typeof a === 'object' && ctx.isList) {
          return this.objectAs(r, a, at, { listMeta: true });
        }
        return this.walk(r, a, at);
      case 'status':
        if (ctx.isReview && r && a && typeof r === 'object' && typeof a === 'object')
          return this.objectAs(r, a, at, { inReviewStatus: true });
        return this.walk(r, a, at);
      default:
        return this.walk(r, a, at);
    }
  }

  objectAs(r, a, at, flags) {
    for (const k of new Set([...Object.keys(r), ...Object.keys(a)])) {
      if (r[k] === undefined || a[k] === undefined) this.diff('behaviour', `${at}/${k}`, r[k], a[k]);
      else this.member(k, r, a, r[k], a[k], `${at}/${k}`, flags);
    }
  }

  status(rec, act, at) {
    for (const k of ['kind', 'apiVersion', 'status', 'reason', 'code']) this.walk(rec[k], act[k], `${at}/${k}`);
    if ((rec.message === undefined) !== (act.message === undefined))
      this.diff('message', `${at}/message`, rec.message, act.message);
    else if (
      rec.message !== undefined &&
      !this.sameString(rec.message, String(act.message), true) &&
      !(rec.details?.causes?.length > 1 && this.sameParts(rec.message, String(act.message)))
    )
      this.diff('message', `${at}/message`, rec.message, act.message);
    const rd = rec.details;
    const ad = act.details;
    if ((rd === undefined) !== (ad === undefined)) {
      this.diff('behaviour', `${at}/details`, rd, ad);
      return;
    }
    if (!rd) return;
    for (const k of ['name', 'group', 'kind', 'uid', 'retryAfterSeconds'])
      this.walk(rd[k], ad[k], `${at}/details/${k}`);
    const rc = rd.causes ?? [];
    const ac = ad.causes ?? [];
    const key = (c, side) => this.sub(`${c.reason ?? ''} @ ${c.field ?? ''}`, side);
    const rk = rc.map((c) => key(c, 0)).sort();
    const ak = ac.map((c) => key(c, 1)).sort();
    if (JSON.stringify(rk) !== JSON.stringify(ak)) {
      this.diff('behaviour', `${at}/details/causes (reason @ field)`, rk, ak);
      return;
    }
    const sort = (l, side) =>
      [...l].sort((x, y) => {
        const p = key(x, side) + this.sub(x.message ?? '', side);
        const q = key(y, side) + this.sub(y.message ?? '', side);
        return p < q ? -1 : p > q ? 1 : 0;
      });
    const rs = sort(rc, 0);
    const as = sort(ac, 1);
    rs.forEach((c, i) => {
      if (!this.sameString(c.message ?? '', as[i].message ?? '', true))
        this.diff('message', `${at}/details/causes/${i}/message`, c.message, as[i].message);
    });
    for (const k of Object.keys(ad)) if (!(k in rd)) this.diff('behaviour', `${at}/details/${k}`, undefined, ad[k]);
  }

  // several errors in one message: their order may be that of a map
  sameParts(rec, act) {
    const parts = (m, side) =>
      this.sub(m, side)
        .replace(/[[\]]/g, '')
        .replace(/ is invalid: /, ' is invalid:, ')
        .split(', ')
        .sort();
    return this.sameString(parts(rec, 0).join('\n'), parts(act, 1).join('\n'), true);
  }

  headers(rec, act, at) {
    this.walk(rec['content-type'], act['content-type'], `${at}/headers/content-type`);
    this.walk(rec['retry-after'], act['retry-after'], `${at}/headers/retry-after`);
    const rw = rec.warning ?? [];
    const aw = act.warning ?? [];
    if (rw.length !== aw.length) {
      this.diff('behaviour', `${at}/headers/warning (count)`, rw, aw);
      return;
    }
    rw.forEach((w, i) => {
      if (w.slice(0, 4) !== aw[i].slice(0, 4)) this.diff('behaviour', `${at}/headers/warning/${i}`, w, aw[i]);
      else if (!this.sameString(w, aw[i], true)) this.diff('message', `${at}/headers/warning/${i}`, w, aw[i]);
    });
  }

  events(rec, act, at, path) {
    const plain = (e) => e.type === 'BOOKMARK' && !e.object?.metadata?.annotations;
    const rb = rec.filter(plain);
    const ab = act.filter(plain);
    // periodic bookmarks: their number is a matter of timing
    const long = Number(/timeoutSeconds=(\d+)/.exec(path)?.[1] ?? 0) >= 3;
    if (rb.length && !ab.length && long) this.diff('behaviour', `${at} (bookmarks)`, 'at least one', 'none');
    if (rb.length && ab.length) this.event(rb[0], ab[0], `${at} (first bookmark)`);
    if (!rb.length && ab.length && !/allowWatchBookmarks=(true|1)/.test(path))
      this.diff('behaviour', `${at} (bookmarks)`, 'none', ab.length);
    const r = rec.filter((e) => !plain(e));
    const a = act.filter((e) => !plain(e));
    if (r.length !== a.length) {
      const n = (e) =>
        `${e.type} ${e.object?.metadata?.name ?? e.object?.rows?.[0]?.cells?.[0] ?? e.object?.reason ?? ''}`;
      this.diff('behaviour', `${at} (length)`, r.map(n), a.map(n));
      return;
    }
    for (const [i, e] of r.entries()) this.event(e, a[i], `${at}/${i}`);
  }

  event(r, a, at) {
    this.walk(r.type, a?.type, `${at}/type`);
    if (r.type === 'BOOKMARK' && r.object && a?.object) {
      const strip = (o) => {
        const c = structuredClone(o);
        if (c.metadata) delete c.metadata.resourceVersion;
        return c;
      };
      if (!/^\d+$/.test(a.object.metadata?.resourceVersion ?? '') && r.object.metadata)
        this.diff(
          'behaviour',
          `${at}/object/metadata/resourceVersion`,
          r.object.metadata.resourceVersion,
          a.object.metadata?.resourceVersion,
        );
      this.walk(strip(r.object), strip(a.object), `${at}/object`);
      return;
    }
    this.walk(r.object, a?.object, `${at}/object`);
  }

  response(step, act, at) {
    const rec = step.response;
    const cmp = step.compare ?? {};
    if (cmp.mode === 'setup') {
      if (!(act.status >= 200 && act.status < 300) && act.status !== 409)
        this.diff('behaviour', `${at}/status`, rec.status, `${act.status} ${brief(act.body)}`);
      return;
    }
    if (rec.status !== act.status) {
      this.diff('behaviour', `${at}/status`, rec.status, act.status);
      this.diff('behaviour', `${at}/body`, rec.body, act.body);
      return;
    }
    this.headers(rec.headers ?? {}, act.headers ?? {}, at);
    if (cmp.mode === 'status') return;
    if (step.watch && rec.events) {
      if (act.streamEnded === false && rec.streamEnded !== false)
        this.diff('behaviour', `${at} (stream)`, 'ends at timeoutSeconds', 'still open');
      this.events(rec.events, act.events ?? [], `${at}/events`, step.request.path);
      return;
    }
    if (cmp.mode === 'pattern') {
      if (!new RegExp(cmp.pattern, 's').test(typeof act.body === 'string' ? act.body : JSON.stringify(act.body)))
        this.diff('behaviour', `${at}/body (pattern)`, cmp.pattern, act.body);
      return;
    }
    if (cmp.mode === 'types') {
      const shape = (o) => Object.fromEntries(Object.entries(o ?? {}).map(([k, v]) => [k, typeof v]));
      const r = shape(rec.body);
      const a = shape(act.body);
      for (const k of cmp.keys ?? Object.keys(r)) this.walk(r[k], a[k], `${at}/body/${k} (type)`);
      return;
    }
    if (cmp.mode === 'keys') {
      let tgt = act.body;
      try {
        if (cmp.at) tgt = lookup(act.body, cmp.at);
      } catch {
        tgt = {};
      }
      for (const k of cmp.keys)
        if (!(k in (tgt ?? {}))) this.diff('behaviour', `${at}/body/${cmp.at ?? ''} (key ${k})`, 'present', 'absent');
      return;
    }
    if (cmp.mode === 'pick') {
      for (const sel of cmp.pick) {
        this.walk(
          select(rec.body, this.sub(sel, 0), (s) => this.sub(s, 0)),
          select(act.body, this.sub(sel, 0), (s) => this.sub(s, 1)),
          `${at}/body:${sel}`,
          {},
        );
      }
      return;
    }
    let rb = rec.body;
    let ab = act.body;
    if (cmp.ignore) {
      rb = prune(rb, cmp.ignore);
      ab = prune(ab, cmp.ignore);
    }
    if (typeof rb === 'string' && typeof ab === 'string') {
      if (!this.sameString(rb.trim(), ab.trim())) this.diff('behaviour', `${at}/body`, rb, ab);
      return;
    }
    this.walk(rb, ab, `${at}/body`);
  }
}

// selectors such as  resources[name=pods]  or  groups[name=apps].versions
export function select(body, sel, sub = (s) => s) {
  let cur = body;
  for (const part of sel.match(/[^.[\]]+(\[[^\]]*\])?/g) ?? []) {
    const m = /^([^[]+)(?:\[([^=]+)=([^\]]*)\])?$/.exec(part);
    if (!m) return undefined;
    cur = cur?.[m[1]];
    if (m[2])
      cur = Array.isArray(cur)
        ? cur.find((e) => sub(String(m[2].split('/').reduce((o, k) => o?.[k], e))) === m[3])
        : undefined;
  }
  return cur;
}

// prune('/items/*/status') removes parts that are not compared in this step
export function prune(body, patterns) {
  if (!body || typeof body !== 'object') return body;
  const out = structuredClone(body);
  for (const p of patterns) {
    const parts = p.split('/').slice(1);
    const go = (o, i) => {
      if (o === null || typeof o !== 'object') return;
      const keys = parts[i] === '*' ? Object.keys(o) : [parts[i]];
      for (const k of keys) {
        if (!(k in o)) continue;
        if (i === parts.length - 1) delete o[k];
        else go(o[k], i + 1);
      }
    };
    go(out, 0);
  }
  return out;
}

const brief = (v) => {
  const s = v === undefined ? '(absent)' : JSON.stringify(v);
  return s.length > 220 ? `${s.slice(0, 217)}...` : s;
};

export async function replayCase(client, rec) {
  const vars = newVars();
  const created = [];
  const texts = [];
  const gather = (steps) =>
    steps.forEach((s) => {
      texts.push(JSON.stringify(s.request));
      gather(s.during ?? []);
    });
  gather(rec.steps);
  const cmp = new Comparer(rec.vars, vars, texts.join('\n'));
  let compared = 0;
  const label = (at, step) =>
    `step ${at
      .filter((x) => x !== 'during')
      .map((x) => x + 1)
      .join('.')} ${step.request.method} ${step.request.path}`;
  await runSteps(client, rec.steps, vars, created, async (at, step, result) => {
    const before = cmp.diffs.length;
    if (result.error) cmp.diff('behaviour', '', 'an answer', `${result.error.name}: ${result.error.message}`);
    else cmp.response(step, result.response, '');
    compared++;
    for (let i = before; i < cmp.diffs.length; i++) cmp.diffs[i].step = label(at, step);
  });
  const leftovers = await cleanup(client, created);
  return { diffs: cmp.diffs, steps: compared, leftovers, vars };
}

function findFiles(p) {
  const st = fs.statSync(p);
  if (st.isFile()) return p.endsWith('.json') ? [p] : [];
  return fs
    .readdirSync(p)
    .sort()
    .flatMap((f) => findFiles(path.join(p, f)));
}

export function parseArgs(argv) {
  const o = { tokens: {}, paths: [], area: [], case: [] };
  for (let i = 0; i < argv.length; i++) {
    const a = argv[i];
    const next = () => {
      if (++i >= argv.length) {
        console.error(`${a} needs a value`);
        process.exit(2);
      }
      return argv[i];
    };
    if (a === '--server') o.server = next();
    else if (a === '--token') o.tokens.admin = next();
    else if (a === '--user') {
      const [n, ...t] = next().split('=');
      o.tokens[n] = t.join('=');
    } else if (a === '--insecure') o.insecure = true;
    else if (a === '--area') o.area.push(next());
    else if (a === '--case') o.case.push(next());
    else if (a === '--json') o.json = true;
    else if (a === '--verbose') o.verbose = true;
    else if (a === '--timeout') o.timeout = Number(next());
    else if (a === '--max-retry') o.maxRetry = Number(next());
    else if (a === '--out') o.out = next();
    else if (a.startsWith('--')) {
      console.error(`unknown option ${a}`);
      process.exit(2);
    } else o.paths.push(a);
  }
  if (o.tokens.jane === undefined) o.tokens.jane = 'user-token';
  return o;
}

async function main() {
  const o = parseArgs(process.argv.slice(2));
  if (!o.server || o.tokens.admin === undefined || !o.paths.length) {
    console.error(
      'usage: node replay.mjs --server URL --token TOKEN [--user jane=TOKEN] [--insecure] [--area X] [--case Y] [--json] [--verbose] [--timeout ms] [--max-retry ms] recorded/',
    );
    process.exit(2);
  }
  const client = new Client(o);
  const totals = {};
  let passed = 0;
  let failed = 0;
  let soft = 0;
  let steps = 0;
  const started = Date.now();
  for (const file of o.paths.flatMap(findFiles)) {
    const rec = JSON.parse(fs.readFileSync(file, 'utf8'));
    if (o.area.length && !o.area.includes(rec.area)) continue;
    if (o.case.length && !o.case.some((c) => c === rec.name || c === `${rec.area}/${rec.name}`)) continue;
    let res;
    try {
      res = await replayCase(client, rec);
    } catch (e) {
      res = {
        diffs: [{ level: 'behaviour', step: '', at: '/', recorded: '', actual: String(e.stack ?? e) }],
        steps: 0,
        leftovers: [],
      };
    }
    const hard = res.diffs.filter((d) => d.level === 'behaviour');
    const verdict = hard.length ? 'FAIL' : res.diffs.length ? 'MESSAGE' : 'ok';
    totals[rec.area] ??= { ok: 0, MESSAGE: 0, FAIL: 0, steps: 0 };
    const t = totals[rec.area];
    t[verdict]++;
    t.steps += res.steps;
    steps += res.steps;
    if (verdict === 'FAIL') failed++;
    else passed++;
    if (verdict === 'MESSAGE') soft++;
    if (o.json) {
      console.log(
        JSON.stringify({
          case: `${rec.area}/${rec.name}`,
          title: rec.title,
          result: verdict,
          steps: res.steps,
          diffs: res.diffs,
          leftovers: res.leftovers,
        }),
      );
    } else {
      console.log(`${verdict.padEnd(8)}${rec.area}/${rec.name}`);
      const show = verdict === 'FAIL' ? hard : res.diffs;
      for (const d of show.slice(0, o.verbose ? 1000 : 4)) {
        console.log(`          ${d.level === 'behaviour' ? 'behaviour differs' : 'message differs'}: ${d.step}`);
        console.log(`            at ${d.at}: recorded ${brief(d.recorded)}  got ${brief(d.actual)}`);
      }
      if (!o.verbose && show.length > 4) console.log(`          ... and ${show.length - 4} more`);
      for (const l of res.leftovers) console.log(`          not cleaned up: ${l}`);
    }
  }
  if (!o.json) {
    console.log('');
    for (const [a, t] of Object.entries(totals))
      console.log(
        `${a.padEnd(16)} ok ${String(t.ok).padStart(3)}  message ${String(t.MESSAGE).padStart(3)}  fail ${String(t.FAIL).padStart(3)}  steps ${String(t.steps).padStart(4)}`,
      );
    console.log(
      `${steps} steps in ${((Date.now() - started) / 1000).toFixed(1)} s; ${soft} passed with message differences only`,
    );
  }
  console.log(`${passed} passed, ${failed} failed`);
  client.agent.destroy();
  process.exitCode = failed ? 1 : 0;
}

if (process.argv[1] && import.meta.url === pathToFileURL(fs.realpathSync(process.argv[1])).href) await main();
