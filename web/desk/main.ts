import type { Feature } from '@shared/feature'
import { startShell } from '@shared/shell'
import '@shared/ui/fonts.css'
import languages from 'virtual:words/desk'
import Frame from './Frame.vue'
import { routes } from './routes'

const found = import.meta.glob<{ default: Feature }>('/xiangyun/{kernel,modules}/*/web/feature.ts', {
  eager: true,
})

void startShell({ id: 'desk', frame: Frame, languages, found, routes })
