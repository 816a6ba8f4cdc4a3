// One theme for every chart, light and dark: colours and type as in tokens.css, since a drawing cannot read them.
(() => {
  "use strict";
  const sans = '"PingFang SC","HarmonyOS Sans SC","MiSans","Noto Sans SC","Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei",system-ui,sans-serif';
  const variants = {
    light: { ink: "#13222B", quiet: "#5C6D77", line: "#DBE3E4", panel: "#FFFFFF", series: ["#0B5F70", "#A87B00", "#4B93A1", "#7C8C93"] },
    dark: { ink: "#E8EEF0", quiet: "#8FA0A8", line: "#24414A", panel: "#0D1C21", series: ["#63C6D3", "#E0C07A", "#8FA0A8", "#3C8C99"] },
  };
  // Each institution keeps one hue; industries are neutral.
  const sources = ["#3FA3B1", "#6E9BD1", "#8FB38A", "#B7A26C", "#9C8FC4", "#7FA7A0", "#7E939B"];
  const targets = "#7E939B";

  window.smChartTheme = (name) => {
    const look = variants[name] || variants.light;
    const text = { color: look.ink, fontFamily: sans, fontSize: 12 };
    return {
      look, sources, targets,
      theme: { color: look.series, textStyle: text },
    };
  };
})();
