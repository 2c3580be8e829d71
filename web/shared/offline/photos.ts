/** A photo as two files: a small picture that goes at once, and the original as it was taken. */
import type { Captured } from './outbox'

/** Longest side of the small picture, in dots: the state of a house or a field is still seen. */
const SIDE = 1280
const QUALITY = 0.72
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
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(picture.width * scale))
  canvas.height = Math.max(1, Math.round(picture.height * scale))
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
  picture.close()
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new NoPicture())), 'image/jpeg', QUALITY)
  })
}
