/** Lint of the front end. Its own rule keeps the floors: shared ← features ← shells, features are strangers. */
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'
import { floors } from './web/scripts/floors.js'

export default ts.config(
  { ignores: ['web/dist/**', 'node_modules/**', '.venv/**', '.xiangyun/**', 'web/shared/api/schema.d.ts'] },
  ...ts.configs.strict,
  ...vue.configs['flat/recommended'],
  {
    files: ['web/**/*.{ts,vue,js,mjs}', 'xiangyun/**/web/**/*.{ts,vue}', '*.{ts,js}'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    plugins: { xiangyun: { rules: { floors } } },
    rules: {
      'xiangyun/floors': 'error',
      // text is drawn as text, and a strict policy refuses styles written into markup
      'vue/no-v-html': 'error',
      'vue/no-static-inline-styles': 'error',
      'no-eval': 'error',
      'vue/multi-word-component-names': 'off',
      'vue/require-default-prop': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/attributes-order': 'off',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
)
