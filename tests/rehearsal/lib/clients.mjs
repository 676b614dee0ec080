// The machine API as a platform or a peer uses it, and the console's API as a member's browser does. Every answer is checked against the
// specification.
import { check_answer } from './contract.mjs';

export class Problem extends Error {
  constructor(status, body) {
    super(`${status} ${body.reason}${body.place ? ` (${body.place})` : ''}`);
    this.status = status;
    this.body = body;
    this.reason = body.reason;
  }
}

async function call(base, method, path, { headers = {}, json, body } = {}) {
  if (json !== undefined) {
    body = JSON.stringify(json);
    headers = { ...headers, 'Content-Type': 'application/json' };
  }
  const response = await fetch(base + path, { method, headers, body, redirect: 'manual' });
  const bytes = Buffer.from(await response.arrayBuffer());
  check_answer(method, path.split('?')[0], response.status, response.headers.get('content-type'), bytes.toString());
  if (response.status >= 400) throw new Problem(response.status, JSON.parse(bytes.toString()));
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, headers: response.headers, bytes, json: type.includes('json') ? JSON.parse(bytes.toString()) : undefined };
}

export class Machine {
  constructor(base, token) {
    this.base = base;
    this.headers = token ? { Authorization: `Bearer ${token}` } : {};
  }

  async get(path) {
    return (await call(this.base, 'GET', path, { headers: this.headers })).json;
  }

  async post(path, json, headers = {}) {
    return (await call(this.base, 'POST', path, { headers: { ...this.headers, ...headers }, json })).json;
  }

  // report: the part `report`; media: bytes or nothing.
  async report(report, { key, media, type = 'image/jpeg' }) {
    const form = new FormData();
    form.append('report', new Blob([JSON.stringify(report)], { type: 'application/json' }));
    if (media) form.append('media', new Blob([media], { type }), 'upload');
    return (await call(this.base, 'POST', '/v1/reports', { headers: { ...this.headers, 'Idempotency-Key': key }, body: form })).json;
  }
}

export class Member {
  static async sign_in(node, login, password = node.members[login]) {
    const member = new Member();
    member.base = node.url.console;
    member.login = login;
    const answer = await call(member.base, 'POST', '/v1/session', { json: { login, password } });
    member.cookie = answer.headers.get('set-cookie').split(';')[0];
    member.session = answer.json;
    return member;
  }

  headers() {
    return { Cookie: this.cookie, 'X-Tutela-Csrf': this.session.csrf };
  }

  async get(path) {
    return (await call(this.base, 'GET', path, { headers: this.headers() })).json;
  }

  async get_bytes(path) {
    return call(this.base, 'GET', path, { headers: this.headers() });
  }

  async post(path, json) {
    return (await call(this.base, 'POST', path, { headers: this.headers(), json })).json;
  }

  async delete(path) {
    return (await call(this.base, 'DELETE', path, { headers: this.headers() })).json;
  }
}
