/** Codes seen by the phone's camera, where the browser itself can read them. */

interface Detector {
  detect(from: HTMLVideoElement): Promise<{ rawValue: string }[]>
}
type Detects = new (how: { formats: string[] }) => Detector

const EVERY_MS = 120

/** Look through the camera until the returned function is called. */
export type Reader = (video: HTMLVideoElement, saw: (code: string) => void) => Promise<() => void>

/** Null where the browser reads no codes. */
export function codeReader(): Reader | null {
  const Detects = (globalThis as { BarcodeDetector?: Detects }).BarcodeDetector
  if (!Detects || !(navigator.mediaDevices as MediaDevices | undefined)) return null
  const detector = new Detects({ formats: ['qr_code'] })
  return async (video, saw) => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
    video.srcObject = stream
    await video.play()
    const timer = setInterval(() => {
      void detector
        .detect(video)
        .then((codes) => codes.forEach(({ rawValue }) => saw(rawValue)))
        .catch(() => undefined)
    }, EVERY_MS)
    return () => {
      clearInterval(timer)
      stream.getTracks().forEach((track) => track.stop())
    }
  }
}
