import { Vault } from '@lucide/vue'
import type { Feature } from '@shared/feature'

export default {
  id: 'vault',
  title: 'vault.title',
  desk: {
    routes: [
      { path: '/vault', component: () => import('./desk/VaultPage.vue'), meta: { title: 'vault.title' } },
    ],
    rail: [
      {
        to: '/vault',
        title: 'vault.title',
        icon: Vault,
        group: 'settings',
        order: 45,
        needs: 'vault.see_vault',
      },
    ],
  },
} satisfies Feature
