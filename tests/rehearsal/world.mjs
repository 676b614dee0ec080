// Everybody who takes part: a hotline and a police node as real processes, a platform, a host with mail and web, a reporter with a browser.
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch } from './lib/browser.mjs';
import { Machine, Member } from './lib/clients.mjs';
import { MailServer } from './lib/mail_server.mjs';
import { descendants, eventually, is_running, Node } from './lib/node.mjs';
import { WebHost } from './lib/web_host.mjs';
import { Wire } from './lib/wire.mjs';

const photographs = '/usr/share/backgrounds/mate/nature';

export class World {
  // `sabotage`: an entry of breaks.mjs, or nothing. Whatever start() began, stop() ends.
  constructor(sabotage) {
    this.sabotage = sabotage;
  }

  async start() {
    this.folder = mkdtempSync(join(tmpdir(), 'tutela-rehearsal-'));
    // The node gives up root and must still reach its folder.
    chmodSync(this.folder, 0o755);
    this.browser_launch = launch();
    this.browser_launch.catch(() => {});
    this.mail = await MailServer.start();
    this.host = await WebHost.start();
    [this.hotline, this.police] = await Promise.all([
      Node.create(join(this.folder, 'hotline'), {
        name: 'hotline.test', kind: 'hotline', country: 'DE', smtp: this.mail.url,
        members: { anna: 'analyst', ben: 'assessor', mara: 'manager' },
      }),
      Node.create(join(this.folder, 'police'), { name: 'police.test', kind: 'police', country: 'DE', mandate: false, members: { petra: 'analyst' } }),
    ]);
    this.wire = await Wire.start(this.police.url.machine);
    const [platform_token, exchange_token] = await Promise.all([
      this.hotline.token('platform.test', 'report:write,report:read,match'),
      this.police.token('hotline.test', 'referral:receive,outcome:send'),
    ]);
    const channel = { name: 'police.test', title: 'Invented police', country: 'DE', url: this.wire.url, token: exchange_token, by: 'mara' };
    await this.hotline.adopt_authority(await this.at('authority_is_adopted', channel));
    await Promise.all([this.hotline.start(), this.police.start()]);
    this.platform = new Machine(this.hotline.url.machine, platform_token);
    const people = [['anna', this.hotline], ['ben', this.hotline], ['mara', this.hotline], ['petra', this.police]];
    await Promise.all(people.map(async ([name, node]) => (this[name] = await Member.sign_in(node, name))));
    this.browser = await this.browser_launch;
    // What a careful reporter has: no script, no cookie.
    this.reporter = await (await this.browser.newContext({ javaScriptEnabled: false })).newPage();
    await this.at('everybody_is_there');
  }

  // Does what the chosen sabotage does at this point. Without one nothing happens and `value` is as it was.
  async at(point, value) {
    const act = this.sabotage?.[point];
    return act ? ((await act(this, value)) ?? value) : value;
  }

  photograph(name) {
    return readFileSync(this.photograph_file(name));
  }

  photograph_file(name) {
    return join(photographs, name);
  }

  // The same picture as another uploader has it: smaller, and compressed again by Chromium. `upside_down` is not the same any more.
  async recompressed(name, { scale = 0.5, quality = 0.6, upside_down = false } = {}) {
    this.darkroom ??= await (await this.browser.newContext()).newPage();
    const source = `data:image/jpeg;base64,${this.photograph(name).toString('base64')}`;
    const drawn = await this.darkroom.evaluate(async ([source, scale, quality, upside_down]) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = document.createElement('canvas');
      canvas.width = Math.round(image.naturalWidth * scale);
      canvas.height = Math.round(image.naturalHeight * scale);
      const paper = canvas.getContext('2d');
      if (upside_down) paper.transform(-1, 0, 0, -1, canvas.width, canvas.height);
      paper.drawImage(image, 0, 0, canvas.width, canvas.height);
      return canvas.toDataURL('image/jpeg', quality);
    }, [source, scale, quality, upside_down]);
    return Buffer.from(drawn.split(',')[1], 'base64');
  }

  // Ends nodes as a power cut does. None may leave a decoder behind.
  async cut_power(...nodes) {
    const below = nodes.flatMap((node) => descendants(node.process.pid));
    await Promise.all(nodes.map((node) => node.kill('SIGKILL')));
    await eventually('the decoders are gone with their nodes', () => !below.some(is_running));
  }

  // The police's referral of that subject, once it is there.
  async arrived(reference) {
    const incoming = await eventually(`referral ${reference} is at the police`, async () =>
      (await this.petra.get('/v1/incoming')).incoming.find((one) => one.reference === reference));
    return this.petra.get(`/v1/incoming/${incoming.incoming_id}`);
  }

  async stop() {
    clearInterval(this.saboteur);
    const ended = [this.hotline?.kill('SIGKILL'), this.police?.kill('SIGKILL'), this.mail?.stop(), this.host?.stop(), this.wire?.stop()];
    ended.push(this.browser_launch?.then((browser) => browser.close()));
    await Promise.allSettled(ended);
    this.drop();
  }

  // At once and without waiting.
  drop() {
    for (const node of [this.hotline, this.police]) node?.process?.kill('SIGKILL');
    if (this.folder) rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
