import type { Feature } from '@shared/feature'
import { startShell } from '@shared/shell'
import { openFor } from '@shared/offline/door'
import '@shared/phone/phone.css'
import { account, goOnWhile } from '@shared/session/session'
import languages from 'virtual:words/app'
import Frame from './Frame.vue'
import { routes } from './routes'
import { keepOnPhone } from './version'

const found = import.meta.glob<{ default: Feature }>('/xiangyun/{kernel,modules}/*/web/feature.ts', {
  eager: true,
})

goOnWhile(() => openFor.value !== null && openFor.value === account())
void startShell({ id: 'app', frame: Frame, languages, found, routes }).then(keepOnPhone)
// the phone's own Chinese font comes first; the web font only helps bare machines, so it may come late
void import('@shared/ui/fonts.css')
