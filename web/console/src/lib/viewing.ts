import type { View, ViewCount } from '../api/types';

// Looking at one item. The rules, each with a test:
//   nothing is asked for before the member has consented;
//   one view at a time, and every opened view is closed;
//   `full` lives only while a key or pointer is held: letting go hides first and tells the node after;
//   the picture goes when the node says stop, when a beat fails, when the window loses focus, and when the page is left.
// It holds no React state; the screen listens.

export type LookMode = 'blurred' | 'grey' | 'full';

export interface Door<Picture> {
  open(mode: LookMode): Promise<View>;
  picture(viewId: string): Promise<Picture>;
  beat(viewId: string): Promise<ViewCount>;
  close(viewId: string): Promise<ViewCount>;
  release(picture: Picture): void;
  repeat(task: () => void, everyMs: number): () => void;
}

export type Look<Picture> =
  | { state: 'unasked' } // no consent yet
  | { state: 'hidden' }
  | { state: 'opening'; mode: LookMode }
  | { state: 'shown'; mode: LookMode; picture: Picture; viewId: string };

export class Viewing<Picture> {
  private look: Look<Picture> = { state: 'unasked' };
  private turn = 0; // every hide starts a new one; what belongs to an older turn is dropped when it arrives
  private stopBeats: () => void = () => {};
  private readonly door: Door<Picture>;
  private readonly changed: (look: Look<Picture>) => void;
  private readonly counted: (count: ViewCount) => void;
  private readonly failed: (error: unknown) => void;

  constructor(
    door: Door<Picture>,
    listener: { changed: (look: Look<Picture>) => void; counted: (count: ViewCount) => void; failed: (error: unknown) => void },
  ) {
    this.door = door;
    this.changed = listener.changed;
    this.counted = listener.counted;
    this.failed = listener.failed;
  }

  consent(): void {
    if (this.look.state === 'unasked') this.become({ state: 'hidden' });
  }

  // Shows the picture in `mode`, or hides it if it stands there in that mode already.
  toggle(mode: 'blurred' | 'grey'): Promise<void> {
    if (this.look.state === 'unasked') return Promise.resolve();
    const again = (this.look.state === 'shown' || this.look.state === 'opening') && this.look.mode === mode;
    this.hide();
    return again ? Promise.resolve() : this.show(mode);
  }

  hold(): Promise<void> {
    if (this.look.state === 'unasked') return Promise.resolve();
    if ((this.look.state === 'shown' || this.look.state === 'opening') && this.look.mode === 'full') return Promise.resolve();
    this.hide();
    return this.show('full');
  }

  letGo(): void {
    if ((this.look.state === 'shown' || this.look.state === 'opening') && this.look.mode === 'full') this.hide();
  }

  hide(): void {
    if (this.look.state === 'unasked' || this.look.state === 'hidden') return;
    this.turn += 1;
    this.stopBeats();
    this.stopBeats = () => {};
    const before = this.look;
    this.become({ state: 'hidden' });
    if (before.state === 'shown') {
      this.door.release(before.picture);
      this.tellClosed(before.viewId);
    }
  }

  private async show(mode: LookMode): Promise<void> {
    this.turn += 1;
    const turn = this.turn;
    this.become({ state: 'opening', mode });
    let viewId: string | undefined;
    try {
      const view = await this.door.open(mode);
      viewId = view.view_id;
      if (turn !== this.turn) return this.tellClosed(viewId); // let go before it was open: the picture is not even asked for
      const picture = await this.door.picture(viewId);
      if (turn !== this.turn) {
        this.door.release(picture);
        return this.tellClosed(viewId);
      }
      this.become({ state: 'shown', mode, picture, viewId });
      this.stopBeats = this.door.repeat(() => void this.beat(turn, view.view_id), view.beat_every_seconds * 1_000);
    } catch (error) {
      if (viewId !== undefined) this.tellClosed(viewId);
      if (turn !== this.turn) return;
      this.become({ state: 'hidden' });
      this.failed(error);
    }
  }

  private async beat(turn: number, viewId: string): Promise<void> {
    try {
      const count = await this.door.beat(viewId);
      this.counted(count);
      if (count.stop && turn === this.turn) this.hide();
    } catch (error) {
      if (turn !== this.turn) return;
      this.hide();
      this.failed(error);
    }
  }

  private tellClosed(viewId: string): void {
    // A close that does not arrive is made good by the node, which ends a view whose beats stop.
    this.door.close(viewId).then(this.counted, () => {});
  }

  private become(look: Look<Picture>): void {
    this.look = look;
    this.changed(look);
  }
}
