/** The vault on the wire: no value ever passes here. */
import { get, opId, post, type Out } from '@shared/api/client'

export type State = Out<'VaultOut'>
export type Suite = NonNullable<State['suite']>

export const getVault = () => get<State>('/api/vault')
export const confirmRecovery = (words: string[]) =>
  post<State>('/api/vault/confirm', { words, op_id: opId() })
export const rotateKey = (suite: Suite) => post<State>('/api/vault/rotate', { suite, op_id: opId() })
