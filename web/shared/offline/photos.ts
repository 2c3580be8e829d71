/** A photo as two files: a small picture that goes at once, and the original as it was taken. */
import type { Captured } from './outbox'

/** The small picture: 300 of them are to cross a line of 256 kbit/s in minutes, so what it may weigh is fixed. */
const MOST_BYTES = 12 * 1024
/**
 * Longest side in dots and quality, tried in turn until it is light enough; the last is taken as it comes. A house, a
 * field, a face is well seen; a paper is recognised but not read: that is for the original.
 */
const TRIES = [
  [640, 0.6],
  [640, 0.45],
  [640, 0.3],
  [512, 0.35],
  [400, 0.35],
  [320, 0.3],
  [240, 0.3],
] as const
/** The town takes no larger file (kernel/files). */
const LARGEST = 50 * 1024 * 1024

/** The phone cannot open it: no photo, or damaged. */
export class NoPicture extends Error {
  constructor() {
    super('not a picture')
    this.name = 'NoPicture'
  }
}

/** Both files of the `group`th photo of an item; the original stays away where the town would refuse its size. Throws `NoPicture`. */
export async function photo(taken: Blob, group: number): Promise<Captured[]> {
  const small: Captured = { role: 'small', group, content: await shrink(taken) }
  return taken.size > LARGEST ? [small] : [small, { role: 'original', group, content: taken }]
}

async function shrink(taken: Blob): Promise<Blob> {
  const picture = await createImageBitmap(taken).catch(() => {
    throw new NoPicture()
  })
  let small: Blob | null = null
  for (const [side, quality] of TRIES) {
    small = await drawn(picture, side, quality)
    if (small.size <= MOST_BYTES) break
  }
  picture.close()
  if (!small) throw new NoPicture()
  return small
}

async function drawn(picture: ImageBitmap, side: number, quality: number): Promise<Blob> {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(picture.width * scale))
  canvas.height = Math.max(1, Math.round(picture.height * scale))
  const paper = canvas.getContext('2d')
  if (paper) paper.imageSmoothingQuality = 'high'
  paper?.drawImage(picture, 0, 0, canvas.width, canvas.height)
  const as = (type: string) => new Promise<Blob | null>((done) => canvas.toBlob(done, type, quality))
  const webp = await as('image/webp')
  // a browser that writes no WebP gives a PNG, which weighs ten times as much
  const small = webp?.type === 'image/webp' ? webp : await as('image/jpeg')
  if (!small) throw new NoPicture()
  return small
}
