/** Tests see the shared words in Chinese; a test of words loads the catalogues itself. */
import { config } from '@vue/test-utils'
import { createI18n } from 'vue-i18n'
import zh from '../shared/words/zh-Hans.json'

config.global.plugins = [
  createI18n({
    legacy: false,
    locale: 'zh-Hans',
    missingWarn: false,
    messages: { 'zh-Hans': { shared: zh } } as never,
  }),
]
