/** Which picture stands beside the headline. Nothing is drawn that nobody measured or forecast: no sun, no cloud. */
import { CloudOff, CloudRain, Thermometer } from '@lucide/vue'

const ICONS: Record<string, typeof CloudRain> = {
  rain_now: CloudRain,
  rain_coming: CloudRain,
  no_rain_said: Thermometer,
  nobody_said: CloudOff,
}

export const skyOf = (code: string) => ICONS[code] ?? Thermometer
