/**
 * The shop's range, in the order in which the shop shows it. This is what a fresh database is filled with: a product that is already there is left
 * as it is, so the file is the opening of the shop and not its present state.
 *
 * Stock differs on purpose. The mug is deep enough for a load run to buy nothing else; three products open at or below their reorder point, one
 * has sold out, so that every face of a product page can be seen on the first day.
 */
import type { Category, LocalizedText } from '@meshmart/contracts'

export interface CatalogueProduct {
  readonly sku: string
  readonly category: Category
  readonly name: LocalizedText
  readonly description: LocalizedText
  /** Euro cents. */
  readonly price: number
  readonly openingStock: number
  readonly reorderPoint: number
}

export const catalogueProducts: readonly CatalogueProduct[] = [
  {
    sku: 'MUG-DAWN',
    category: 'kitchen',
    name: { en: 'Dawn mug', 'zh-CN': '破晓马克杯' },
    description: {
      en: 'Stoneware dipped by hand, so the sun rises a little differently on each one. Holds 320 ml and survives the dishwasher.',
      'zh-CN': '手工浸釉的炻瓷杯，每一只上的日出都略有不同。容量 320 毫升，可放心用洗碗机清洗。',
    },
    price: 1800,
    openingStock: 50_000,
    reorderPoint: 200,
  },
  {
    sku: 'THROW-DUNE',
    category: 'textiles',
    name: { en: 'Dune throw', 'zh-CN': '沙丘盖毯' },
    description: {
      en: 'Four layers of desert colour in brushed cotton. Big enough for two people and one stubborn cat.',
      'zh-CN': '磨毛棉织成，沙漠的四种颜色层层铺开。够两个人盖，再加一只赖着不走的猫。',
    },
    price: 7900,
    openingStock: 400,
    reorderPoint: 20,
  },
  {
    sku: 'LAMP-MUSHROOM',
    category: 'lighting',
    name: { en: 'Mushroom lamp', 'zh-CN': '蘑菇台灯' },
    description: {
      en: 'A round terracotta cap that turns any corner into a clearing at dusk. Dims with a tap on its foot.',
      'zh-CN': '圆圆的陶土色灯罩，让房间一角像黄昏的林间空地。轻触灯座即可调光。',
    },
    price: 6400,
    openingStock: 300,
    reorderPoint: 15,
  },
  {
    sku: 'PLANTER-TERRA',
    category: 'garden',
    name: { en: 'Terracotta planter', 'zh-CN': '红陶花盆' },
    description: {
      en: 'Unglazed clay that breathes, with a drainage hole and a saucer. The agave is not included, but it would like to be.',
      'zh-CN': '未上釉的陶土会呼吸，盆底有排水孔，附托盘。图中的龙舌兰不随盆出售，虽然它很想。',
    },
    price: 2200,
    openingStock: 800,
    reorderPoint: 40,
  },
  {
    sku: 'NOTEBOOK-FIELD',
    category: 'stationery',
    name: { en: 'Field notebook', 'zh-CN': '田野笔记本' },
    description: {
      en: 'One hundred and sixty dotted pages that lie flat, in a cloth cover that forgives coffee. With a ribbon for where you were.',
      'zh-CN': '160 页点阵内页，可完全摊平；布面封皮不怕咖啡渍。书签带替您记住上次写到哪里。',
    },
    price: 1450,
    openingStock: 2_000,
    reorderPoint: 80,
  },
  {
    sku: 'TEAPOT-HEARTH',
    category: 'kitchen',
    name: { en: 'Hearth teapot', 'zh-CN': '炉边茶壶' },
    description: {
      en: 'Enamelled iron that keeps tea warm through a long conversation. Comes with a strainer for loose leaves.',
      'zh-CN': '珐琅铸铁壶，聊上许久茶也不凉。内附滤网，散茶直接冲泡。',
    },
    price: 5200,
    openingStock: 4,
    reorderPoint: 6,
  },
  {
    sku: 'CUSHION-ARC',
    category: 'textiles',
    name: { en: 'Arc cushion', 'zh-CN': '虹弧靠垫' },
    description: {
      en: 'A rainbow that stays after the rain, embroidered on heavy cotton. Forty-five centimetres square, cover off with one zip.',
      'zh-CN': '雨停之后也不会消失的彩虹，绣在厚实的棉布上。45 厘米见方，拉开拉链即可拆洗。',
    },
    price: 3600,
    openingStock: 500,
    reorderPoint: 25,
  },
  {
    sku: 'CANDLE-TRIO',
    category: 'lighting',
    name: { en: 'Candle trio', 'zh-CN': '三色蜡烛' },
    description: {
      en: 'Three heights, three colours, no perfume. Rapeseed wax that burns for thirty quiet hours each.',
      'zh-CN': '三种高度，三种颜色，不加香精。菜籽蜡制成，每支可静静燃烧三十小时。',
    },
    price: 2600,
    openingStock: 900,
    reorderPoint: 40,
  },
  {
    sku: 'CAN-DEW',
    category: 'garden',
    name: { en: 'Dew watering can', 'zh-CN': '晨露洒水壶' },
    description: {
      en: 'A brass rose that makes rain fine enough for seedlings. Galvanised steel, five litres, balanced when full.',
      'zh-CN': '黄铜花洒，水珠细得不伤幼苗。镀锌钢壶身，容量五升，装满水提着也稳。',
    },
    price: 3900,
    openingStock: 250,
    reorderPoint: 15,
  },
  {
    sku: 'PENCILS-SIX',
    category: 'stationery',
    name: { en: 'Six pencils in a pot', 'zh-CN': '六色铅笔与笔筒' },
    description: {
      en: 'Cedar pencils in the colours of this shop, soft enough to sketch with. The ceramic pot stays when they are gone.',
      'zh-CN': '雪松木铅笔，取自本店的六种颜色，软硬适合速写。铅笔用完了，陶瓷笔筒还在。',
    },
    price: 1900,
    openingStock: 1_200,
    reorderPoint: 50,
  },
  {
    sku: 'BOWL-RIPPLE',
    category: 'kitchen',
    name: { en: 'Ripple bowl', 'zh-CN': '涟漪碗' },
    description: {
      en: 'For salad, for fruit, for keys by the door. The waves are carved before the glaze, so you can feel them.',
      'zh-CN': '盛沙拉，盛水果，或放在门边收钥匙。波纹先刻后釉，指尖摸得到起伏。',
    },
    price: 3400,
    openingStock: 600,
    reorderPoint: 30,
  },
  {
    sku: 'LANTERN-PAPER',
    category: 'lighting',
    name: { en: 'Paper lantern', 'zh-CN': '纸灯笼' },
    description: {
      en: 'Mulberry paper on bamboo, folded flat until you hang it. It makes a room lighter even when it is off.',
      'zh-CN': '桑皮纸糊在竹骨上，不挂时可折平收起。就算不开灯，房间也显得轻盈。',
    },
    price: 2900,
    openingStock: 0,
    reorderPoint: 10,
  },
  {
    sku: 'TOTE-MARKET',
    category: 'textiles',
    name: { en: 'Market tote', 'zh-CN': '赶集布袋' },
    description: {
      en: 'Canvas with a flat bottom, so that the leeks stand up and the bread stays on top. Carries twelve kilos.',
      'zh-CN': '平底帆布袋，大葱站得直，面包压不着。可承重十二公斤。',
    },
    price: 2400,
    openingStock: 1_500,
    reorderPoint: 60,
  },
  {
    sku: 'BIRDBOX-WREN',
    category: 'garden',
    name: { en: 'Wren birdbox', 'zh-CN': '鹪鹩鸟屋' },
    description: {
      en: 'A cedar house with a door the size of a coin, too small for the neighbour who is not invited. Opens at the back for spring cleaning.',
      'zh-CN': '雪松木小屋，门洞只有硬币大小，不请自来的邻居进不去。背板可打开，春天方便清扫。',
    },
    price: 3200,
    openingStock: 180,
    reorderPoint: 10,
  },
  {
    sku: 'PEN-BRASS',
    category: 'stationery',
    name: { en: 'Brass fountain pen', 'zh-CN': '黄铜钢笔' },
    description: {
      en: 'A medium nib and a weight that slows you down just enough. The brass darkens where your fingers rest.',
      'zh-CN': '中号笔尖，分量恰好让人写得慢一点。手指停留之处，黄铜会渐渐染上岁月的颜色。',
    },
    price: 8800,
    openingStock: 3,
    reorderPoint: 5,
  },
  {
    sku: 'PITCHER-MEADOW',
    category: 'kitchen',
    name: { en: 'Meadow pitcher', 'zh-CN': '草甸水壶' },
    description: {
      en: 'Painted with three flowers that never need water. Pours without dripping, which is rarer than it should be.',
      'zh-CN': '壶身绘着三朵永远不用浇水的花。倒水不滴漏，这件事本不该如此难得。',
    },
    price: 4100,
    openingStock: 350,
    reorderPoint: 20,
  },
  {
    sku: 'LAMP-READER',
    category: 'lighting',
    name: { en: 'Reading lamp', 'zh-CN': '夜读灯' },
    description: {
      en: 'Two brass joints that stay where you leave them, and a shade that keeps the light on your page and out of other eyes.',
      'zh-CN': '两处黄铜关节，停在哪里就是哪里。灯罩把光留在书页上，不打扰身边的人。',
    },
    price: 9600,
    openingStock: 220,
    reorderPoint: 12,
  },
  {
    sku: 'TOWEL-LINEN',
    category: 'textiles',
    name: { en: 'Linen tea towel', 'zh-CN': '亚麻茶巾' },
    description: {
      en: 'Washed linen with sage stripes. Dries glasses without a trace and gets better for about ten years.',
      'zh-CN': '水洗亚麻，鼠尾草绿条纹。擦杯子不留痕，还能越用越好，大约好上十年。',
    },
    price: 1500,
    openingStock: 1_800,
    reorderPoint: 70,
  },
  {
    sku: 'SEEDS-MEADOW',
    category: 'garden',
    name: { en: 'Meadow seeds', 'zh-CN': '野花草籽' },
    description: {
      en: 'Poppies, daisies and marigolds for four square metres. Scatter, step on them once, and wait.',
      'zh-CN': '虞美人、雏菊和金盏花，够撒四平方米。撒下去，轻轻踩一遍，然后等。',
    },
    price: 650,
    openingStock: 5_000,
    reorderPoint: 200,
  },
  {
    sku: 'CARDS-SEASON',
    category: 'stationery',
    name: { en: 'Season cards', 'zh-CN': '四季贺卡' },
    description: {
      en: 'Eight cards, two for each season, with envelopes that seal with a heart. Blank inside, because you know best.',
      'zh-CN': '八张贺卡，每季两张，信封以一颗红心封口。内页留白，因为话还是您自己写最好。',
    },
    price: 1200,
    openingStock: 1_600,
    reorderPoint: 60,
  },
  {
    sku: 'BOARD-OAK',
    category: 'kitchen',
    name: { en: 'Oak board', 'zh-CN': '橡木砧板' },
    description: {
      en: 'Cut from one plank, oiled twice, with a hole to hang it by. Good for bread in the morning and cheese at night.',
      'zh-CN': '整块橡木裁成，上过两遍油，柄上有孔可以挂起。早上切面包，晚上摆奶酪。',
    },
    price: 4500,
    openingStock: 450,
    reorderPoint: 25,
  },
  {
    sku: 'PENDANT-DOME',
    category: 'lighting',
    name: { en: 'Dome pendant', 'zh-CN': '穹顶吊灯' },
    description: {
      en: 'Spun aluminium in sage outside and gold inside, for a table where people stay after dinner. Two metres of cable.',
      'zh-CN': '旋压铝灯罩，外面是鼠尾草绿，里面是金色，适合饭后大家还不愿散去的餐桌。线长两米。',
    },
    price: 12_900,
    openingStock: 140,
    reorderPoint: 8,
  },
  {
    sku: 'RUG-HARVEST',
    category: 'textiles',
    name: { en: 'Harvest rug', 'zh-CN': '丰收织毯' },
    description: {
      en: 'Flat-woven wool in the colours of late September, knotted at both ends. Each takes a weaver four days, so there are few.',
      'zh-CN': '羊毛平织，九月末的颜色，两端手工打结。一块要织四天，所以总是不多。',
    },
    price: 18_900,
    openingStock: 2,
    reorderPoint: 4,
  },
  {
    sku: 'TROWEL-ASH',
    category: 'garden',
    name: { en: 'Ash trowel', 'zh-CN': '白蜡木花铲' },
    description: {
      en: 'A steel blade with depth marks and an ash handle that fits both hands. Made to be left to somebody.',
      'zh-CN': '钢铲面刻有深度标记，白蜡木手柄左右手都顺手。可以用到传给下一个人。',
    },
    price: 2700,
    openingStock: 320,
    reorderPoint: 20,
  },
  {
    sku: 'TAPE-WASHI',
    category: 'stationery',
    name: { en: 'Washi tape trio', 'zh-CN': '和纸胶带三卷' },
    description: {
      en: 'Dots, dashes and flowers on rice paper that comes off walls without a trace. Ten metres each.',
      'zh-CN': '圆点、虚线与小花，印在和纸上，从墙上揭下不留痕迹。每卷十米。',
    },
    price: 950,
    openingStock: 2_400,
    reorderPoint: 100,
  },
  {
    sku: 'JAR-PANTRY',
    category: 'kitchen',
    name: { en: 'Pantry jars', 'zh-CN': '储物罐一对' },
    description: {
      en: 'Two glass jars with cork lids that close with a sigh. One for honey, one for jam, both for showing off.',
      'zh-CN': '一对玻璃罐，软木盖合上时会轻轻叹口气。一罐装蜂蜜，一罐装果酱，都好看。',
    },
    price: 2100,
    openingStock: 700,
    reorderPoint: 35,
  },
]

/** Below the shop's origin; the drawing is part of the storefront. */
export const pictureOf = (sku: string): string => `/products/${sku.toLowerCase()}.svg`
