/** The inbox, one's own contacts and a town's channels on the wire. */
import { get, opId, post, type Out, type Page } from '@shared/api/client'

export type Notice = Out<'NoticeOut'>
export type Contacts = Out<'ContactsOut'>
export type Contact = Out<'ContactOut'>
export type Kind = Contact['kind']
export type Channels = Out<'ChannelsOut'>
export type ChannelState = Out<'ChannelOut'>
export type Channel = ChannelState['channel']
export type Gateway = Out<'GatewayIn'>
export type Mail = Out<'MailIn'>
export type Manners = Out<'MannersOut'>
export type Delivery = Out<'DeliveryOut'>
type Bare<T> = Omit<T, 'op_id'>

export const listNotices = (query: { unseen?: boolean; limit?: number; cursor?: string | null } = {}) =>
  get<Page<Notice>>('/api/notices', { query })
export const seeNotice = (id: string) => post<Notice>('/api/notices/{id}/seen', {}, { path: { id } })

export const listContacts = () => get<Contacts>('/api/notices/contacts')
export const addContact = (kind: Kind, value: string) =>
  post<Contacts>('/api/notices/contacts', { kind, value, op_id: opId() })
export const confirmContact = (id: string, code: string) =>
  post<Contacts>('/api/notices/contacts/{id}/confirm', { code, op_id: opId() }, { path: { id } })
export const removeContact = (id: string) =>
  post<Contacts>('/api/notices/contacts/{id}/remove', { op_id: opId() }, { path: { id } })

export const listChannels = () => get<Channels>('/api/notices/channels')
export const setGateway = (told: Bare<Gateway>) =>
  post<Channels>('/api/notices/channels/http', { ...told, op_id: opId() })
export const setMail = (told: Bare<Mail>) =>
  post<Channels>('/api/notices/channels/mail', { ...told, op_id: opId() })
export const tryChannel = (channel: Channel, to: string) =>
  post<Delivery>('/api/notices/channels/try', { channel, to, op_id: opId() })
export const getManners = () => get<Manners>('/api/notices/manners')
export const setManners = (told: Omit<Manners, 'starts_at'>) =>
  post<Manners>('/api/notices/manners', { ...told, starts_at: undefined, op_id: opId() })
export const listDeliveries = (query: {
  state?: Delivery['state']
  limit?: number
  cursor?: string | null
}) => get<Page<Delivery>>('/api/notices/deliveries', { query })
export const judge = (id: string, act: 'again' | 'leave') =>
  act === 'again'
    ? post<Delivery>('/api/notices/deliveries/{id}/again', { op_id: opId() }, { path: { id } })
    : post<Delivery>('/api/notices/deliveries/{id}/leave', { op_id: opId() }, { path: { id } })
