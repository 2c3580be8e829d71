import '@shared/ui/base.css'
import '@shared/ui/fonts.css'
import { startWords } from '@shared/words/i18n'
import languages from 'virtual:words/chooser'
import { createApp } from 'vue'
import Chooser from './Chooser.vue'

const i18n = await startWords(languages)
document.title = (i18n.global.t as (key: string) => string)('shared.product')
createApp(Chooser).use(i18n).mount('#shell')
