/** What a place is: the words of the national list → the end of its key in the catalogue. */
const KINDS: Record<string, string> = {
  地级市: 'city',
  市辖区: 'district',
  县: 'county',
  旗: 'banner',
  镇: 'town',
  乡: 'township',
  苏木: 'sumu',
  街道: 'street_office',
  村: 'village',
  嘎查: 'gacha',
  '居委会/社区': 'community',
  '其他(农牧场/园区类区域)': 'farm',
  '虚拟/其他': 'other',
  组: 'group',
  网格: 'grid',
}

/** Key of the word for a kind; a kind this list does not know is shown as it is written. */
export const kindKey = (kind: string): string | undefined => KINDS[kind] && `org.kind.${KINDS[kind]}`
