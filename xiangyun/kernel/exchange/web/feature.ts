import { Download, FileSpreadsheet, Upload } from '@lucide/vue'
import type { Feature } from '@shared/feature'

export default {
  id: 'exchange',
  title: 'exchange.title',
  desk: {
    routes: [
      {
        path: '/imports/:id?',
        component: () => import('./desk/ImportsPage.vue'),
        meta: { title: 'exchange.imports' },
      },
      {
        path: '/exports/:id?',
        component: () => import('./desk/ExportsPage.vue'),
        meta: { title: 'exchange.exports' },
      },
      {
        path: '/forms/:id?',
        component: () => import('./desk/FormsPage.vue'),
        meta: { title: 'exchange.forms' },
      },
    ],
    rail: [
      {
        to: '/imports',
        title: 'exchange.imports',
        icon: Upload,
        group: 'register',
        order: 5,
        needs: 'exchange.import_rows',
      },
      {
        to: '/exports',
        title: 'exchange.exports',
        icon: Download,
        group: 'register',
        order: 6,
        needs: 'exchange.export_rows',
      },
      {
        to: '/forms',
        title: 'exchange.forms',
        icon: FileSpreadsheet,
        group: 'register',
        order: 7,
        needs: 'exchange.fill_form',
      },
    ],
  },
} satisfies Feature
