/** A picture for each thing that can be reported; a town's own category has its group's. */
import {
  Beef,
  CircleQuestionMark,
  Construction,
  Dog,
  Droplets,
  Flame,
  Handshake,
  Heater,
  HandHeart,
  HeartHandshake,
  BrickWall,
  Lightbulb,
  Shield,
  ShieldAlert,
  Trash2,
  TriangleAlert,
  Waves,
  Zap,
} from '@lucide/vue'
import type { Component } from 'vue'
import type { Category, Group } from './api'

const OF: Readonly<Record<string, Component>> = {
  power_line: Zap,
  fire: Flame,
  gas_heating: Heater,
  unsafe_house: BrickWall,
  road: Construction,
  canal: Waves,
  flood_ice: Droplets,
  animal_disease: Beef,
  stray_animal: Dog,
  pollution: Trash2,
  lighting: Lightbulb,
  fraud: ShieldAlert,
  other_hazard: CircleQuestionMark,
  marriage_family: HeartHandshake,
  needs_help: HandHeart,
}
const OF_GROUP: Readonly<Record<Group, Component>> = {
  hazard: TriangleAlert,
  dispute: Handshake,
  protection: Shield,
}
export const iconOf = ({ code, group }: Pick<Category, 'code' | 'group'>): Component =>
  OF[code] ?? OF_GROUP[group]
