// The parts of ECharts the charts are drawn with, and no others: `python -m webapp.assets` makes vendor/echarts.min.js of this file.
import { init, use } from "echarts/core";
import { SankeyChart } from "echarts/charts";
import { SVGRenderer } from "echarts/renderers";

use([SankeyChart, SVGRenderer]);
window.echarts = { init };
