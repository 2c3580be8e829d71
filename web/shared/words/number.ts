/** Numbers as people read them: no more digits than the thing deserves, a real minus sign, never NaN. */
export function digits(value: number | null | undefined, places?: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '—'
  const wanted = places ?? (Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : 1)
  const text = Math.abs(value).toLocaleString('en-US', {
    minimumFractionDigits: Math.min(wanted, 6),
    maximumFractionDigits: Math.min(wanted, 6),
  })
  return value < 0 && Number(text.replaceAll(',', '')) !== 0 ? `−${text}` : text
}
