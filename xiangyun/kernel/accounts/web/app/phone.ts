/** What a browser says it is, in words its owner knows: a model where it names one, else the kind of machine. */
export interface Machine {
  kind: 'android' | 'iphone' | 'windows' | 'mac' | 'linux' | 'other'
  model: string
}

export function machineOf(label: string): Machine {
  const android = /Android[^;)]*(?:;\s*([^;)]+))?/.exec(label)
  if (android) {
    const model = (android[1] ?? '').replace(/\s*Build\/.*$/, '').trim()
    // browsers that hide the model send a single K
    return { kind: 'android', model: model === 'K' ? '' : model }
  }
  if (/iPhone|iPad/.test(label)) return { kind: 'iphone', model: '' }
  if (/Windows/.test(label)) return { kind: 'windows', model: '' }
  if (/Macintosh|Mac OS/.test(label)) return { kind: 'mac', model: '' }
  if (/Linux|X11/.test(label)) return { kind: 'linux', model: '' }
  return { kind: 'other', model: '' }
}
