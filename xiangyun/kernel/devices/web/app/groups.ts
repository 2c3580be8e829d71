/** Devices by how they are, the unwell first. */
export type DeviceState = 'never_heard' | 'reporting' | 'silent' | 'maintenance' | 'revoked'

export interface PhoneDevice {
  id: string
  name: string
  area_name: string
  state: DeviceState
  last_heard_at: string | null
  silent_since: string | null
  keeper?: { name: string } | null
}

const ORDER: DeviceState[] = ['silent', 'never_heard', 'maintenance', 'reporting']

/** What was taken out of use is nobody's business on the phone. */
export function grouped(devices: readonly PhoneDevice[]): { state: DeviceState; devices: PhoneDevice[] }[] {
  return ORDER.map((state) => ({
    state,
    devices: devices
      .filter((one) => one.state === state)
      .sort(
        (a, b) =>
          (a.silent_since ?? '').localeCompare(b.silent_since ?? '') || a.name.localeCompare(b.name, 'zh'),
      ),
  })).filter((group) => group.devices.length > 0)
}
