import { centreOn, visibleRect, type Size, type Transform } from '../scene/viewport';

const DURATION_MS = 220;

/**
 * Moves from one transform to another in a fifth of a second, or at once for people who asked for less motion.
 * Returns a function that stops it.
 */
export function animateTransform(
  from: Transform,
  to: Transform,
  size: Size,
  step: (next: Transform) => void,
): () => void {
  if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) {
    step(to);
    return () => undefined;
  }
  const started = performance.now();
  const [start, end] = [centreOf(from, size), centreOf(to, size)];
  let request = requestAnimationFrame(advance);

  function advance(now: number): void {
    const t = Math.min(1, Math.max(0, (now - started) / DURATION_MS));
    if (t === 1) {
      step(to);
      return;
    }
    const eased = t * t * (3 - 2 * t);
    const mix = (a: number, b: number): number => a + (b - a) * eased;
    const scale = Math.exp(mix(Math.log(from.scale), Math.log(to.scale)));
    step(centreOn({ x: mix(start.x, end.x), y: mix(start.y, end.y) }, size, scale));
    request = requestAnimationFrame(advance);
  }

  return () => cancelAnimationFrame(request);
}

function centreOf(transform: Transform, size: Size): { readonly x: number; readonly y: number } {
  const seen = visibleRect(transform, size);
  return { x: seen.x + seen.width / 2, y: seen.y + seen.height / 2 };
}
