import { describe, expect, it } from 'vitest';
import { RenewedToken } from '../../../server/grader/identity.ts';

/** A clock in seconds, and tokens of an hour. */
function setting() {
  const state = { now: 0, asked: 0, fails: false };
  const token = new RenewedToken(
    () => {
      state.asked++;
      if (state.fails) return Promise.reject(new Error('no answer'));
      return Promise.resolve({ value: `token-${state.asked}`, expiresAt: new Date((state.now + 3600) * 1000) });
    },
    () => state.now * 1000,
  );
  return { state, token };
}

describe('RenewedToken', () => {
  it('is asked for once while it holds', async () => {
    const { state, token } = setting();
    expect(await Promise.all([token.get(), token.get()])).toEqual(['token-1', 'token-1']);
    state.now = 2999;
    expect(await token.get()).toBe('token-1');
    expect(state.asked).toBe(1);
  });

  it('is renewed before it ends', async () => {
    const { state, token } = setting();
    await token.get();
    state.now = 3000;
    expect(await Promise.all([token.get(), token.get()])).toEqual(['token-2', 'token-2']);
    expect(state.asked).toBe(2);
  });

  it('does with the old one while there is no new one, and no longer than it holds', async () => {
    const { state, token } = setting();
    await token.get();
    Object.assign(state, { now: 3500, fails: true });
    expect(await token.get()).toBe('token-1');
    state.now = 3600;
    await expect(token.get()).rejects.toThrow('no answer');
    state.fails = false;
    expect(await token.get()).toBe('token-4');
  });
});
