<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
 <context>
  <name>soma</name>
  <message>
   <source>SOMA Registration</source>
   <translation>SOMA 配准</translation>
  </message>
  <message>
   <source>Set up engine…</source>
   <translation>安装引擎…</translation>
  </message>
  <message>
   <source>Diagnostics…</source>
   <translation>诊断信息…</translation>
  </message>
  <message>
   <source>The engine's answer was not understood; look into Diagnostics, and set the engine up again.</source>
   <translation>无法理解引擎返回的内容；请查看诊断信息并重新安装引擎。</translation>
  </message>
  <message>
   <source>Stopped</source>
   <translation>已停止</translation>
  </message>
  <message>
   <source>Looking closely</source>
   <translation>正在局部匹配</translation>
  </message>
  <message>
   <source>Now click where it belongs (Esc to cancel)</source>
   <translation>现在点击它应在的位置（按 Esc 取消）</translation>
  </message>
  <message>
   <source>Pair pinned by hand</source>
   <translation>手动设置的点对</translation>
  </message>
  <message>
   <source>This place is outside the CRS of the points</source>
   <translation>该位置超出点所用坐标系的范围</translation>
  </message>
  <message>
   <source>This place is outside the area chosen in the Register tab. Click inside its outline, or choose the whole overlap there.</source>
   <translation>此处位于“配准”选项卡中所选区域之外。请在其轮廓内点击，或在那里选择整个重叠区。</translation>
  </message>
  <message>
   <source>{n} points were read from {name}</source>
   <translation>已从 {name} 读取 {n} 个点</translation>
  </message>
  <message>
   <source>{moving} is moved onto {reference}</source>
   <translation>将 {moving} 移至 {reference}</translation>
  </message>
  <message>
   <source>&amp;Click on the map</source>
   <translation>在地图上点击(&amp;C)</translation>
  </message>
  <message>
   <source>Click: register the window around a place. Shift and two clicks: pin a pair by hand. Drag: move. Right click: delete. Backspace: undo. Esc: cancel.</source>
   <translation>单击：配准该处周围的窗口。按住 Shift 点击两次：手动设置一对点。拖动：移动。右键：删除。退格键：撤销。Esc：取消。</translation>
  </message>
  <message>
   <source>What the preview shows</source>
   <translation>预览显示的内容</translation>
  </message>
  <message>
   <source>&amp;Preview</source>
   <translation>预览(&amp;P)</translation>
  </message>
  <message>
   <source>&amp;Apply</source>
   <translation>应用(&amp;A)</translation>
  </message>
  <message>
   <source>Warp the whole image and add it to the project</source>
   <translation>校正整幅影像并添加到工程</translation>
  </message>
  <message>
   <source>Take the last change back</source>
   <translation>撤销上一次更改</translation>
  </message>
  <message>
   <source>Delete the selected point</source>
   <translation>删除选中的点</translation>
  </message>
  <message>
   <source>Delete all points</source>
   <translation>删除所有点</translation>
  </message>
  <message>
   <source>Read a .points file</source>
   <translation>读取 .points 文件</translation>
  </message>
  <message>
   <source>Write a .points file</source>
   <translation>写出 .points 文件</translation>
  </message>
  <message>
   <source>&amp;Window</source>
   <translation>窗口(&amp;W)</translation>
  </message>
  <message>
   <source>&amp;Transform</source>
   <translation>变换(&amp;T)</translation>
  </message>
  <message>
   <source>Small (128 px)</source>
   <translation>小（128 像素）</translation>
  </message>
  <message>
   <source>Usual (256 px)</source>
   <translation>常用（256 像素）</translation>
  </message>
  <message>
   <source>Large (512 px)</source>
   <translation>大（512 像素）</translation>
  </message>
  <message>
   <source>Whole image</source>
   <translation>整幅影像</translation>
  </message>
  <message>
   <source>Checkerboard</source>
   <translation>棋盘格</translation>
  </message>
  <message>
   <source>Click where both images show the same feature.</source>
   <translation>请点击两幅影像中同一地物所在处。</translation>
  </message>
  <message>
   <source>Import points</source>
   <translation>导入点</translation>
  </message>
  <message>
   <source>Export points</source>
   <translation>导出点</translation>
  </message>
  <message>
   <source>Written: {name}</source>
   <translation>已写出：{name}</translation>
  </message>
  <message>
   <source>{name} is no points file of the Georeferencer: it does not begin with mapX, mapY.</source>
   <translation>{name} 不是地理配准工具的点文件：开头不是 mapX，mapY。</translation>
  </message>
  <message>
   <source>{name} cannot be written: {why}.</source>
   <translation>无法写入 {name}：{why}。</translation>
  </message>
  <message>
   <source>{name} cannot be read.</source>
   <translation>无法读取 {name}。</translation>
  </message>
  <message>
   <source>A point lies outside the area of {crs}.</source>
   <translation>有点位于 {crs} 的适用范围之外。</translation>
  </message>
  <message>
   <source>{name}: row {n} does not begin with four numbers.</source>
   <translation>{name}：第 {n} 行开头不是四个数字。</translation>
  </message>
  <message>
   <source>{name}, control points</source>
   <translation>{name}，控制点</translation>
  </message>
  <message>
   <source>SOMA: getting ready for clicks</source>
   <translation>SOMA：正在为点击做准备</translation>
  </message>
  <message>
   <source>SOMA: looking closely</source>
   <translation>SOMA：局部匹配</translation>
  </message>
  <message>
   <source>The engine is still busy; the answer follows.</source>
   <translation>引擎仍在忙；稍后给出结果。</translation>
  </message>
  <message>
   <source>The disk of the control points does not answer: {path}</source>
   <translation>控制点所在的磁盘没有响应：{path}</translation>
  </message>
  <message>
   <source>The control points could not be saved: {why}</source>
   <translation>控制点无法保存：{why}</translation>
  </message>
  <message>
   <source>Untick a point to leave it out of the transform</source>
   <translation>取消勾选可将该点排除在变换之外</translation>
  </message>
  <message>
   <source>How far the feature is from its place, on the ground</source>
   <translation>该地物在地面上偏离其位置的距离</translation>
  </message>
  <message>
   <source>What the transform leaves at this point</source>
   <translation>变换后该点的剩余误差</translation>
  </message>
  <message>
   <source>How far from its place the other points alone would put this one</source>
   <translation>仅由其他点推算时，此点偏离其位置的距离</translation>
  </message>
  <message>
   <source>Control points</source>
   <translation>控制点</translation>
  </message>
  <message>
   <source>Point</source>
   <translation>点</translation>
  </message>
  <message>
   <source>Shift</source>
   <translation>平移</translation>
  </message>
  <message>
   <source>Residual</source>
   <translation>残差</translation>
  </message>
  <message>
   <source>Off the others</source>
   <translation>与其他点之差</translation>
  </message>
  <message>
   <source>Set by hand</source>
   <translation>手动设置</translation>
  </message>
  <message>
   <source>Found by the model, confidence {c}</source>
   <translation>由模型找到，置信度 {c}</translation>
  </message>
  <message>
   <source>Point {n}: {shift}, {text}, {k} matches agree</source>
   <translation>点 {n}：{shift}，{text}，{k} 个匹配一致</translation>
  </message>
  <message>
   <source>confidence {c}</source>
   <translation>置信度 {c}</translation>
  </message>
  <message>
   <source>Point {n} disagrees with the others by {px}: move it, or untick it.</source>
   <translation>点 {n} 与其他点相差 {px}：请移动它，或取消勾选。</translation>
  </message>
  <message>
   <source>Too few places to tell the error elsewhere.</source>
   <translation>位置太少，无法判断其他地方的误差。</translation>
  </message>
  <message>
   <source>Error over the overlap below {error} in 9 of 10 cases</source>
   <translation>重叠区内的误差十有九次低于 {error}</translation>
  </message>
  <message>
   <source>Click one more place, then a transform is fitted.</source>
   <translation>再点击一处，即可拟合变换。</translation>
  </message>
  <message>
   <source>Fitting</source>
   <translation>正在拟合</translation>
  </message>
  <message>
   <source>Not used: disagrees with the others by {px}</source>
   <translation>未使用：与其他点相差 {px}</translation>
  </message>
  <message>
   <source>{name}, residual {error}</source>
   <translation>{name}，残差 {error}</translation>
  </message>
  <message>
   <source>The windows share pixels: {n} points are worth {k:.1f} independent ones, too few to tell the error. Click farther apart, or use a smaller window.</source>
   <translation>窗口有共用像素：{n} 个点相当于 {k:.1f} 个独立点，不足以判断误差。请在相距更远处点击，或改用较小的窗口。</translation>
  </message>
  <message>
   <source>Held-out error {held}</source>
   <translation>留出误差 {held}</translation>
  </message>
  <message>
   <source>The windows share pixels: {n} points are worth {k:.1f} independent ones.</source>
   <translation>窗口有共用像素：{n} 个点相当于 {k:.1f} 个独立点。</translation>
  </message>
  <message>
   <source>Click {n} more places, then a transform is fitted.</source>
   <translation>再点击 {n} 处，即可拟合变换。</translation>
  </message>
  <message>
   <source>Not used: agrees with the others to {px}</source>
   <translation>未使用：与其他点相符，差 {px}</translation>
  </message>
  <message>
   <source>Warp by control points</source>
   <translation>按控制点校正</translation>
  </message>
  <message>
   <source>The warped image was added to the project; its files are in {p}</source>
   <translation>校正后的影像已添加到工程；其文件位于 {p}</translation>
  </message>
  <message>
   <source>Warping the whole image</source>
   <translation>正在校正整幅影像</translation>
  </message>
  <message>
   <source>Drawing the online map</source>
   <translation>正在绘制在线地图</translation>
  </message>
  <message>
   <source>Add files</source>
   <translation>添加文件</translation>
  </message>
  <message>
   <source>Apply to more layers</source>
   <translation>应用到更多图层</translation>
  </message>
  <message>
   <source>Add fi&amp;les…</source>
   <translation>添加文件(&amp;L)…</translation>
  </message>
  <message>
   <source>&amp;Warp</source>
   <translation>校正(&amp;W)</translation>
  </message>
  <message>
   <source>&amp;Close</source>
   <translation>关闭(&amp;C)</translation>
  </message>
  <message>
   <source>&amp;Help</source>
   <translation>帮助(&amp;H)</translation>
  </message>
  <message>
   <source>&amp;Rasters to warp like the one that was registered:</source>
   <translation>按已配准影像的方式校正的栅格(&amp;R)：</translation>
  </message>
  <message>
   <source>&amp;Folder for results</source>
   <translation>结果文件夹(&amp;F)</translation>
  </message>
  <message>
   <source>Warp 1 layer</source>
   <translation>校正 1 个图层</translation>
  </message>
  <message>
   <source>Warp {n} layers</source>
   <translation>校正 {n} 个图层</translation>
  </message>
  <message>
   <source>Stopped.</source>
   <translation>已停止。</translation>
  </message>
  <message>
   <source>Tick one or more layers.</source>
   <translation>请勾选一个或多个图层。</translation>
  </message>
  <message>
   <source>Warping</source>
   <translation>正在校正</translation>
  </message>
  <message>
   <source>SOMA: further layers</source>
   <translation>SOMA：其他图层</translation>
  </message>
  <message>
   <source>1 layer added.</source>
   <translation>已添加 1 个图层。</translation>
  </message>
  <message>
   <source>{n} layers added.</source>
   <translation>已添加 {n} 个图层。</translation>
  </message>
  <message>
   <source>SOMA: looking at the layers</source>
   <translation>SOMA：正在查看图层</translation>
  </message>
  <message>
   <source>Being looked at …</source>
   <translation>正在查看…</translation>
  </message>
  <message>
   <source>The engine is not set up yet: press Set up engine… in the Register tab.</source>
   <translation>引擎尚未安装：请在“配准”选项卡中按“安装引擎…”。</translation>
  </message>
  <message>
   <source>SOMA: {name}, by control points</source>
   <translation>SOMA：{name}，按控制点</translation>
  </message>
  <message>
   <source>Register</source>
   <translation>配准</translation>
  </message>
  <message>
   <source>Not registered</source>
   <translation>未配准</translation>
  </message>
  <message>
   <source>Register {name}</source>
   <translation>配准 {name}</translation>
  </message>
  <message>
   <source>This did not work</source>
   <translation>未能完成</translation>
  </message>
  <message>
   <source>Method</source>
   <translation>方法</translation>
  </message>
  <message>
   <source>Output</source>
   <translation>输出</translation>
  </message>
  <message>
   <source>SAR &amp;layer</source>
   <translation>SAR 图层(&amp;L)</translation>
  </message>
  <message>
   <source>&amp;Band</source>
   <translation>波段(&amp;B)</translation>
  </message>
  <message>
   <source>&amp;Optical layer</source>
   <translation>光学图层(&amp;O)</translation>
  </message>
  <message>
   <source>B&amp;and</source>
   <translation>波段(&amp;A)</translation>
  </message>
  <message>
   <source>&amp;Which moves</source>
   <translation>移动的一方(&amp;W)</translation>
  </message>
  <message>
   <source>Ar&amp;ea</source>
   <translation>区域(&amp;E)</translation>
  </message>
  <message>
   <source>automatic</source>
   <translation>自动</translation>
  </message>
  <message>
   <source>Unit of the largest shift</source>
   <translation>最大平移的单位</translation>
  </message>
  <message>
   <source>&amp;Model</source>
   <translation>模型(&amp;M)</translation>
  </message>
  <message>
   <source>&amp;Search</source>
   <translation>搜索(&amp;S)</translation>
  </message>
  <message>
   <source>Largest s&amp;hift</source>
   <translation>最大位移(&amp;H)</translation>
  </message>
  <message>
   <source>Wor&amp;king pixel</source>
   <translation>工作像素(&amp;K)</translation>
  </message>
  <message>
   <source>Match&amp;ing effort</source>
   <translation>匹配力度(&amp;I)</translation>
  </message>
  <message>
   <source>&amp;Device</source>
   <translation>设备(&amp;D)</translation>
  </message>
  <message>
   <source>Beside the SAR file</source>
   <translation>SAR 文件旁边</translation>
  </message>
  <message>
   <source>Load checkerboard and local residual too</source>
   <translation>同时加载棋盘格和局部残差</translation>
  </message>
  <message>
   <source>Warp anyway, even where nothing improves</source>
   <translation>即使没有改善也进行校正</translation>
  </message>
  <message>
   <source>&amp;Folder</source>
   <translation>文件夹(&amp;F)</translation>
  </message>
  <message>
   <source>&amp;Grid</source>
   <translation>格网(&amp;G)</translation>
  </message>
  <message>
   <source>Pixel si&amp;ze</source>
   <translation>像素大小(&amp;Z)</translation>
  </message>
  <message>
   <source>Resam&amp;pling</source>
   <translation>重采样(&amp;P)</translation>
  </message>
  <message>
   <source>Points</source>
   <translation>点</translation>
  </message>
  <message>
   <source>Compare</source>
   <translation>比较</translation>
  </message>
  <message>
   <source>Register the {n} selected images…</source>
   <translation>配准所选的 {n} 幅影像…</translation>
  </message>
  <message>
   <source>Takes gradient, and the network where that is unsure. Clicks use gradient alone, which answers at once, unless a GPU is asked for.</source>
   <translation>采用 gradient，在其没有把握之处采用神经网络。除非指定使用 GPU，点击时只用 gradient，可立即得到结果。</translation>
  </message>
  <message>
   <source>What finds the matches. Automatic takes gradient, and where that is unsure the network, if its packages are installed.</source>
   <translation>用什么寻找匹配。自动：采用 gradient；在其没有把握之处，如果已安装所需的软件包，则采用神经网络。</translation>
  </message>
  <message>
   <source>Takes gradient, for there is no network that can run here.</source>
   <translation>采用 gradient，因为这里没有可以运行的神经网络。</translation>
  </message>
  <message>
   <source>Automatic</source>
   <translation>自动</translation>
  </message>
  <message>
   <source>Automatic ({name})</source>
   <translation>自动（{name}）</translation>
  </message>
  <message>
   <source>{name} (cannot run here)</source>
   <translation>{name}（此处无法运行）</translation>
  </message>
  <message>
   <source>What is left at the matches used</source>
   <translation>所用匹配处的残差</translation>
  </message>
  <message>
   <source>Where the matches had to move, enlarged</source>
   <translation>匹配的移动方向（放大）</translation>
  </message>
  <message>
   <source>Tallest bar: {n} matches</source>
   <translation>最高一条：{n} 个匹配</translation>
  </message>
  <message>
   <source>Compare on the map</source>
   <translation>在地图上比较</translation>
  </message>
  <message>
   <source>Show the reference and the registered image in cells in turn</source>
   <translation>以棋盘格交替显示参考影像与配准后的影像</translation>
  </message>
  <message>
   <source>Open report</source>
   <translation>打开报告</translation>
  </message>
  <message>
   <source>Open folder</source>
   <translation>打开文件夹</translation>
  </message>
  <message>
   <source>Apply to more layers…</source>
   <translation>应用到更多图层…</translation>
  </message>
  <message>
   <source>Transform and why: {why}</source>
   <translation>变换及原因：{why}</translation>
  </message>
  <message>
   <source>apart before</source>
   <translation>配准前相距</translation>
  </message>
  <message>
   <source>held-out error</source>
   <translation>留出误差</translation>
  </message>
  <message>
   <source>In detail: {reason}</source>
   <translation>详细原因：{reason}</translation>
  </message>
  <message>
   <source>Half below</source>
   <translation>一半低于</translation>
  </message>
  <message>
   <source>90 % below</source>
   <translation>90 % 低于</translation>
  </message>
  <message>
   <source>&amp;Register</source>
   <translation>配准(&amp;R)</translation>
  </message>
  <message>
   <source>&amp;Cancel</source>
   <translation>取消(&amp;C)</translation>
  </message>
  <message>
   <source>Set &amp;up engine…</source>
   <translation>安装引擎(&amp;U)…</translation>
  </message>
  <message>
   <source>Starting</source>
   <translation>正在开始</translation>
  </message>
  <message>
   <source>Stopping …</source>
   <translation>正在停止…</translation>
  </message>
  <message>
   <source>The engine that compares the images is not set up yet. That takes a few minutes, once.</source>
   <translation>比较影像的引擎尚未安装。只需安装一次，几分钟即可。</translation>
  </message>
  <message>
   <source>about {t} left</source>
   <translation>约剩 {t}</translation>
  </message>
  <message>
   <source>Help about this tab</source>
   <translation>此选项卡的帮助</translation>
  </message>
  <message>
   <source>Diagnostics</source>
   <translation>诊断信息</translation>
  </message>
  <message>
   <source>&amp;Copy</source>
   <translation>复制(&amp;C)</translation>
  </message>
  <message>
   <source>C&amp;lose</source>
   <translation>关闭(&amp;L)</translation>
  </message>
  <message>
   <source>SOMA: asking the engine</source>
   <translation>SOMA：正在询问引擎</translation>
  </message>
  <message>
   <source>The engine ran out of memory; close other programs, or choose a smaller area.</source>
   <translation>引擎内存不足；请关闭其他程序，或选择较小的区域。</translation>
  </message>
  <message>
   <source>The engine gave no sign of life and was ended; try again, and look into Diagnostics if this comes back.</source>
   <translation>引擎没有响应，已被结束；请重试，若再次出现请查看诊断信息。</translation>
  </message>
  <message>
   <source>The engine answered with something that is no answer and was ended; look into Diagnostics, and set the engine up again.</source>
   <translation>引擎返回了无法识别的内容，已被结束；请查看诊断信息并重新安装引擎。</translation>
  </message>
  <message>
   <source>it crashed</source>
   <translation>崩溃</translation>
  </message>
  <message>
   <source>Set the engine up again.</source>
   <translation>请重新安装引擎。</translation>
  </message>
  <message>
   <source>Look into Diagnostics.</source>
   <translation>请查看诊断信息。</translation>
  </message>
  <message>
   <source>The engine ended unexpectedly ({reason}).</source>
   <translation>引擎意外结束（{reason}）。</translation>
  </message>
  <message>
   <source>Stopped; no output was written.</source>
   <translation>已停止；没有写出任何结果。</translation>
  </message>
  <message>
   <source>The engine is not set up yet; choose Set up engine.</source>
   <translation>引擎尚未安装；请选择“安装引擎”。</translation>
  </message>
  <message>
   <source>The engine is of version {found}, the plugin of version {own}; restart QGIS, and set the engine up again if this comes back.</source>
   <translation>引擎版本为 {found}，插件版本为 {own}；请重启 QGIS，若再次出现请重新安装引擎。</translation>
  </message>
  <message>
   <source>The engine is ready.</source>
   <translation>引擎已就绪。</translation>
  </message>
  <message>
   <source>Installing torch (this is the large part)</source>
   <translation>正在安装 torch（体积最大的部分）</translation>
  </message>
  <message>
   <source>Going on without torch; the gradient model needs none.</source>
   <translation>将不使用 torch 继续；gradient 模型不需要它。</translation>
  </message>
  <message>
   <source>Installing what further networks need</source>
   <translation>正在安装其他网络所需的软件包</translation>
  </message>
  <message>
   <source>Going on without them; the other models need none of it.</source>
   <translation>不安装这些软件包，继续进行；其他模型不需要它们。</translation>
  </message>
  <message>
   <source>Installing the packages for archives</source>
   <translation>正在安装批处理软件包</translation>
  </message>
  <message>
   <source>Going on without them; pairs are then worked on one by one.</source>
   <translation>不安装它们，继续进行；影像对将逐对处理。</translation>
  </message>
  <message>
   <source>Another QGIS window is setting the engine up; wait for it.</source>
   <translation>另一个 QGIS 窗口正在安装引擎；请等待其完成。</translation>
  </message>
  <message>
   <source>The engine does not start; the lines below say why.</source>
   <translation>引擎无法启动；原因见下面的日志。</translation>
  </message>
  <message>
   <source>The neural network (torch) could not be installed, so there is the gradient model only.</source>
   <translation>神经网络（torch）未能安装，因此只有梯度模型可用。</translation>
  </message>
  <message>
   <source>Looking at Python</source>
   <translation>正在检查 Python</translation>
  </message>
  <message>
   <source>Making the environment</source>
   <translation>正在创建环境</translation>
  </message>
  <message>
   <source>Installing the packages</source>
   <translation>正在安装软件包</translation>
  </message>
  <message>
   <source>Starting the engine</source>
   <translation>正在启动引擎</translation>
  </message>
  <message>
   <source>The engine is not set up yet. Set it up in the window of QGIS, menu Raster &gt; SOMA &gt; Set up engine…, or here, with Python 3.11 or later: {command}</source>
   <translation>引擎尚未安装。请在 QGIS 窗口中通过“栅格 &gt; SOMA &gt; 安装引擎…”菜单安装，或者在此用 Python 3.11 或更高版本执行：{command}</translation>
  </message>
  <message>
   <source>Tidying up</source>
   <translation>正在清理</translation>
  </message>
  <message>
   <source>{need:.1f} GB are needed in {place}, {free:.1f} GB are free.</source>
   <translation>{place} 需要 {need:.1f} GB，目前可用 {free:.1f} GB。</translation>
  </message>
  <message>
   <source>{place} cannot be written: {why}.</source>
   <translation>无法写入 {place}：{why}。</translation>
  </message>
  <message>
   <source>The step failed; the lines below say why.</source>
   <translation>该步骤失败；原因见下面的日志。</translation>
  </message>
  <message>
   <source>That is no Python that can be started; choose another one, or install one from python.org/downloads.</source>
   <translation>无法启动该 Python；请选择其他 Python，或从 python.org/downloads 安装。</translation>
  </message>
  <message>
   <source>That Python is older than 3.11; choose a newer one, or install one from python.org/downloads.</source>
   <translation>该 Python 低于 3.11；请选择更新的版本，或从 python.org/downloads 安装。</translation>
  </message>
  <message>
   <source>That Python cannot make environments; install its venv package (on Debian and Ubuntu: python3-venv) or choose another one.</source>
   <translation>该 Python 不能创建环境；请安装其 venv 包（Debian 和 Ubuntu 上为 python3-venv）或另选一个。</translation>
  </message>
  <message>
   <source>A package is not the file that SOMA was made for: its checksum differs. Try again; if your package index has builds of its own, install them into a Python and choose Use an existing Python.</source>
   <translation>某个软件包不是 SOMA 所针对的文件：其校验和不同。请重试；如果您的软件包索引有自己的构建版本，请将其安装到某个 Python 中，然后选择“使用现有的 Python”。</translation>
  </message>
  <message>
   <source>The disk is full; make room and try again.</source>
   <translation>磁盘已满；请腾出空间后重试。</translation>
  </message>
  <message>
   <source>The proxy refused: enter your name and password for it in QGIS, under Settings &gt; Options &gt; Network, and try again.</source>
   <translation>代理服务器拒绝了请求：请在 QGIS 的“设置 &gt; 选项 &gt; 网络”中输入代理的用户名和密码，然后重试。</translation>
  </message>
  <message>
   <source>The secure connection failed; ask who runs your network for help.</source>
   <translation>安全连接失败；请向网络管理员求助。</translation>
  </message>
  <message>
   <source>A file could not be written; a virus scanner may hold it. Try again.</source>
   <translation>有文件无法写入，可能被杀毒软件占用。请重试。</translation>
  </message>
  <message>
   <source>A package does not exist for this Python, which may be too new; choose another Python, for instance 3.12.</source>
   <translation>某个软件包没有适用于此 Python 的版本（可能过新）；请选择其他 Python，例如 3.12。</translation>
  </message>
  <message>
   <source>The server with the packages was not reached: check the connection to the internet and try again.</source>
   <translation>无法连接软件包服务器：请检查互联网连接后重试。</translation>
  </message>
  <message>
   <source>SOMA: trying a Python</source>
   <translation>SOMA：正在试用 Python</translation>
  </message>
  <message>
   <source>That Python lacks {names}. Install them there, or let a private environment be made.</source>
   <translation>该 Python 缺少 {names}。请在其中安装，或改为创建专用环境。</translation>
  </message>
  <message>
   <source>Set up the engine of SOMA Registration</source>
   <translation>安装 SOMA 配准的引擎</translation>
  </message>
  <message>
   <source>Make a private environment (recommended)</source>
   <translation>新建专用环境（推荐）</translation>
  </message>
  <message>
   <source>Use an existing Python (for experts)</source>
   <translation>使用已有的 Python（供专业用户）</translation>
  </message>
  <message>
   <source>Log of the set-up</source>
   <translation>安装日志</translation>
  </message>
  <message>
   <source>&amp;Set up</source>
   <translation>安装(&amp;S)</translation>
  </message>
  <message>
   <source>The images are compared by a program of its own, the engine. It is downloaded once, in a few minutes; you need a connection to the internet and can go on working meanwhile. Nothing is installed into QGIS. If you are not sure, press Set up.</source>
   <translation>影像由一个独立的程序（引擎）进行比较。引擎只需下载一次，耗时几分钟；需要连接互联网，期间可以继续工作。不会向 QGIS 中安装任何内容。如不确定，直接按“安装”。</translation>
  </message>
  <message>
   <source>An earlier set-up did not come to its end: press Set up again.</source>
   <translation>之前的安装没有完成：请再次按“安装”。</translation>
  </message>
  <message>
   <source>The engine is set up: {p}</source>
   <translation>引擎已安装：{p}</translation>
  </message>
  <message>
   <source>This computer has no Python: install version 3.11 or later from python.org/downloads, then open this window again.</source>
   <translation>本机没有 Python：请从 python.org/downloads 安装 3.11 或更高版本，然后重新打开此窗口。</translation>
  </message>
  <message>
   <source>It goes to {p}; to remove it, delete that folder.</source>
   <translation>将安装到 {p}；如需卸载，删除该文件夹即可。</translation>
  </message>
  <message>
   <source>It needs {names}, and torch and safetensors for the network.</source>
   <translation>它需要 {names}；神经网络还需要 torch 和 safetensors。</translation>
  </message>
  <message>
   <source>The engine is written in the language Python. What this computer has of it is listed; take the first one unless it turns out not to suit.</source>
   <translation>引擎用 Python 语言编写。此处列出本机已有的 Python；除非不适用，请使用第一个。</translation>
  </message>
  <message>
   <source>&amp;Archives too (0.3 GB more)</source>
   <translation>包含批处理（另需 0.3 GB）(&amp;A)</translation>
  </message>
  <message>
   <source>What it takes to work on several pairs at a time.</source>
   <translation>同时处理多对影像所需的软件包。</translation>
  </message>
  <message>
   <source>Leave empty unless your organisation has one</source>
   <translation>若贵单位没有，请留空</translation>
  </message>
  <message>
   <source>&amp;What to install</source>
   <translation>安装内容(&amp;W)</translation>
  </message>
  <message>
   <source>&amp;Python 3.11 or later</source>
   <translation>Python 3.11 或更新(&amp;P)</translation>
  </message>
  <message>
   <source>Further package &amp;index</source>
   <translation>其他软件包索引(&amp;I)</translation>
  </message>
  <message>
   <source>Python program</source>
   <translation>Python 程序</translation>
  </message>
  <message>
   <source>Choose a program</source>
   <translation>选择程序</translation>
  </message>
  <message>
   <source>P&amp;ython program</source>
   <translation>Python 程序(&amp;Y)</translation>
  </message>
  <message>
   <source>Packages can add further models to it, under licences of their own: {command} and the package's name. A new set-up begins without them.</source>
   <translation>其他软件包可以为它增加更多模型，各有自己的许可：运行 {command}，后接软件包的名称。重新设置后需要再次安装。</translation>
  </message>
  <message>
   <source>Complete, for any computer (about 2 GB)</source>
   <translation>完整版，适用于任何计算机（约 2 GB）</translation>
  </message>
  <message>
   <source>Complete, faster on an NVIDIA graphics card (about 8 GB)</source>
   <translation>完整版，在 NVIDIA 显卡上更快（约 8 GB）</translation>
  </message>
  <message>
   <source>Small, without the neural network (about 0.7 GB)</source>
   <translation>精简版，不含神经网络（约 0.7 GB）</translation>
  </message>
  <message>
   <source>{task}: stopped</source>
   <translation>{task}：已停止</translation>
  </message>
  <message>
   <source>SOMA: looking at the contrast</source>
   <translation>SOMA：正在检查对比度</translation>
  </message>
  <message>
   <source>Swipe left and right</source>
   <translation>左右卷帘</translation>
  </message>
  <message>
   <source>Swipe up and down</source>
   <translation>上下卷帘</translation>
  </message>
  <message>
   <source>Flicker</source>
   <translation>闪烁</translation>
  </message>
  <message>
   <source>Blend</source>
   <translation>混合</translation>
  </message>
  <message>
   <source>Red and cyan</source>
   <translation>红青合成</translation>
  </message>
  <message>
   <source>Before and after, in turn</source>
   <translation>配准前后，交替显示</translation>
  </message>
  <message>
   <source>Before and after, swipe</source>
   <translation>配准前后，卷帘显示</translation>
  </message>
  <message>
   <source>The upper left cell shows {a}, the one beside it {b}.</source>
   <translation>左上角的格子显示 {a}，旁边的格子显示 {b}。</translation>
  </message>
  <message>
   <source>Left: {a}. Right: {b}. Drag the edge on the map.</source>
   <translation>左侧：{a}。右侧：{b}。可在地图上拖动分界线。</translation>
  </message>
  <message>
   <source>Above: {a}. Below: {b}. Drag the edge on the map.</source>
   <translation>上方：{a}。下方：{b}。可在地图上拖动分界线。</translation>
  </message>
  <message>
   <source>{a} and {b} in turn.</source>
   <translation>{a} 与 {b} 交替显示。</translation>
  </message>
  <message>
   <source>{b} over {a}.</source>
   <translation>{b} 叠加在 {a} 之上。</translation>
  </message>
  <message>
   <source>{a} in red, {b} in cyan. Grey where both are alike; coloured fringes where they are apart.</source>
   <translation>{a} 显示为红色，{b} 显示为青色。两者一致处为灰色，有偏差处出现彩色边缘。</translation>
  </message>
  <message>
   <source>Before: {a}. After: {b}.</source>
   <translation>配准前：{a}。配准后：{b}。</translation>
  </message>
  <message>
   <source>Left, before: {a}. Right, after: {b}. Drag the edge.</source>
   <translation>左侧为配准前：{a}。右侧为配准后：{b}。可拖动分界线。</translation>
  </message>
  <message>
   <source>Both over {name}.</source>
   <translation>两者均叠加在 {name} 之上。</translation>
  </message>
  <message>
   <source>{n:.1f} / s</source>
   <translation>{n:.1f} 次/秒</translation>
  </message>
  <message>
   <source>Cell si&amp;ze</source>
   <translation>格子大小(&amp;Z)</translation>
  </message>
  <message>
   <source>&amp;Rate</source>
   <translation>频率(&amp;R)</translation>
  </message>
  <message>
   <source>&amp;Opacity</source>
   <translation>不透明度(&amp;O)</translation>
  </message>
  <message>
   <source>&amp;Edge</source>
   <translation>分界线(&amp;E)</translation>
  </message>
  <message>
   <source>The comparison broke down and was taken off the map ({why}).</source>
   <translation>对比出错，已从地图上移除（{why}）。</translation>
  </message>
  <message>
   <source>The image that both placements are drawn over; it is not moved</source>
   <translation>两个位置都叠加在其上显示的影像；它不会被移动</translation>
  </message>
  <message>
   <source>Swap the two layers</source>
   <translation>交换两个图层</translation>
  </message>
  <message>
   <source>Even out &amp;contrast</source>
   <translation>均衡对比度(&amp;C)</translation>
  </message>
  <message>
   <source>Show dark radar images bright enough; the layers' own styles stay as they are</source>
   <translation>让偏暗的雷达影像显示得足够亮；图层自身的样式保持不变</translation>
  </message>
  <message>
   <source>Compare on the &amp;map</source>
   <translation>在地图上比较(&amp;M)</translation>
  </message>
  <message>
   <source>There have to be two layers in the project to compare them.</source>
   <translation>项目中需要有两个图层才能进行对比。</translation>
  </message>
  <message>
   <source>Both choices are the same layer; choose two different ones.</source>
   <translation>两处选择了同一图层；请选择两个不同的图层。</translation>
  </message>
  <message>
   <source>S&amp;how as</source>
   <translation>显示方式(&amp;H)</translation>
  </message>
  <message>
   <source>Over &amp;reference</source>
   <translation>叠加在参考影像上(&amp;R)</translation>
  </message>
  <message>
   <source>&amp;Before</source>
   <translation>配准前(&amp;B)</translation>
  </message>
  <message>
   <source>&amp;First layer</source>
   <translation>第一个图层(&amp;F)</translation>
  </message>
  <message>
   <source>A&amp;fter</source>
   <translation>配准后(&amp;F)</translation>
  </message>
  <message>
   <source>&amp;Second layer</source>
   <translation>第二个图层(&amp;S)</translation>
  </message>
  <message>
   <source>Shown: {name}</source>
   <translation>当前显示：{name}</translation>
  </message>
  <message>
   <source>Draw</source>
   <translation>绘制</translation>
  </message>
  <message>
   <source>Drag a rectangle on the map</source>
   <translation>在地图上拖出一个矩形</translation>
  </message>
  <message>
   <source>Polygon layer</source>
   <translation>多边形图层</translation>
  </message>
  <message>
   <source>Whole overlap</source>
   <translation>整个重叠区</translation>
  </message>
  <message>
   <source>What the map shows</source>
   <translation>地图当前范围</translation>
  </message>
  <message>
   <source>Rectangle drawn on the map</source>
   <translation>地图上绘制的矩形</translation>
  </message>
  <message>
   <source>Selected polygons</source>
   <translation>选中的多边形</translation>
  </message>
  <message>
   <source>The area is empty.</source>
   <translation>该区域为空。</translation>
  </message>
  <message>
   <source>There is no polygon layer in the project.</source>
   <translation>工程中没有多边形图层。</translation>
  </message>
  <message>
   <source>Select one or more polygons of the layer.</source>
   <translation>请在该图层中选中一个或多个多边形。</translation>
  </message>
  <message>
   <source>Draw a rectangle on the map first.</source>
   <translation>请先在地图上绘制一个矩形。</translation>
  </message>
  <message>
   <source>There is no way from {source} to {target}.</source>
   <translation>无法从 {source} 转换到 {target}。</translation>
  </message>
  <message>
   <source>Add a SAR raster to the project and choose it.</source>
   <translation>请在工程中添加 SAR 栅格并选中。</translation>
  </message>
  <message>
   <source>Add an optical raster to the project and choose it.</source>
   <translation>请在工程中添加光学栅格并选中。</translation>
  </message>
  <message>
   <source>An online map cannot be moved; let the SAR image be the one that moves.</source>
   <translation>在线地图不能被移动；请让 SAR 影像作为移动的一方。</translation>
  </message>
  <message>
   <source>{name} has no CRS.</source>
   <translation>{name} 没有坐标系。</translation>
  </message>
  <message>
   <source>The layer {name} is in QGIS's memory alone; save it as a file with Export &gt; Save As… in the Layers panel.</source>
   <translation>图层 {name} 只存在于 QGIS 的内存中；请在图层面板中用“导出 &gt; 另存为…”将其保存为文件。</translation>
  </message>
  <message>
   <source>The file of the layer {name} is no longer there: {path} was moved, renamed or deleted. Choose another layer, or Change Data Source… in the Layers panel.</source>
   <translation>图层 {name} 的文件已不存在：{path} 已被移动、重命名或删除。请选择其他图层，或在图层面板中“更改数据源…”。</translation>
  </message>
  <message>
   <source>{name} cannot be opened.</source>
   <translation>无法打开 {name}。</translation>
  </message>
  <message>
   <source>The online map could not be drawn, nothing came of it: check that this computer is online, and that the map shows this place.</source>
   <translation>无法绘制在线地图，没有得到任何内容：请检查计算机是否联网，以及该地图是否覆盖此处。</translation>
  </message>
  <message>
   <source>The online map could not be drawn: {why}.</source>
   <translation>无法绘制在线地图：{why}。</translation>
  </message>
  <message>
   <source>Click where both images overlap.</source>
   <translation>请点击两幅影像重叠的位置。</translation>
  </message>
  <message>
   <source>The layers and the area do not cover the same ground.</source>
   <translation>图层与区域没有覆盖同一地面。</translation>
  </message>
  <message>
   <source>{name}, displacements</source>
   <translation>{name}，位移</translation>
  </message>
  <message>
   <source>{name}, match points</source>
   <translation>{name}，匹配点</translation>
  </message>
  <message>
   <source>{name}, registered</source>
   <translation>{name}，已配准</translation>
  </message>
  <message>
   <source>{name}, local residual</source>
   <translation>{name}，局部残差</translation>
  </message>
  <message>
   <source>{name}, checkerboard</source>
   <translation>{name}，棋盘格</translation>
  </message>
  <message>
   <source>Outlier, not used</source>
   <translation>离群点，未使用</translation>
  </message>
  <message>
   <source>Corrected displacement</source>
   <translation>已改正的位移</translation>
  </message>
  <message>
   <source>Number</source>
   <translation>编号</translation>
  </message>
  <message>
   <source>Was at x, map units</source>
   <translation>原位置 x（地图单位）</translation>
  </message>
  <message>
   <source>Was at y, map units</source>
   <translation>原位置 y（地图单位）</translation>
  </message>
  <message>
   <source>Belongs at x, map units</source>
   <translation>应在位置 x（地图单位）</translation>
  </message>
  <message>
   <source>Belongs at y, map units</source>
   <translation>应在位置 y（地图单位）</translation>
  </message>
  <message>
   <source>Moved to the east, m</source>
   <translation>向东移动（米）</translation>
  </message>
  <message>
   <source>Moved to the north, m</source>
   <translation>向北移动（米）</translation>
  </message>
  <message>
   <source>Residual, m</source>
   <translation>残差（米）</translation>
  </message>
  <message>
   <source>Residual, px</source>
   <translation>残差（像素）</translation>
  </message>
  <message>
   <source>Confidence, 0 to 1</source>
   <translation>置信度（0 至 1）</translation>
  </message>
  <message>
   <source>Agrees with the transform</source>
   <translation>与变换一致</translation>
  </message>
  <message>
   <source>Found by the model, or set by hand (manual)</source>
   <translation>由模型找到（model），或手动设置（manual）</translation>
  </message>
  <message>
   <source>Side of the window, px</source>
   <translation>窗口边长，像素</translation>
  </message>
  <message>
   <source>Level from which the map shows it</source>
   <translation>地图开始显示的层级</translation>
  </message>
  <message>
   <source>Residual {low:g} to {high:g} px</source>
   <translation>残差 {low:g} 至 {high:g} 像素</translation>
  </message>
  <message>
   <source>Residual above {low:g} px</source>
   <translation>残差大于 {low:g} 像素</translation>
  </message>
  <message>
   <source>Apply transform</source>
   <translation>应用变换</translation>
  </message>
  <message>
   <source>Warps further rasters like an image that was registered: other bands, polarisations or dates on the same pixels. A raster on other pixels is refused by name, for the transform may be wrong for it.</source>
   <translation>按已配准影像的方式校正其他栅格：像素一致的其他波段、极化或日期。像素不一致的栅格会被指名拒绝，因为该变换对它可能是错的。</translation>
  </message>
  <message>
   <source>The transform.json that a registration wrote into its folder.</source>
   <translation>某次配准写入其文件夹的 transform.json。</translation>
  </message>
  <message>
   <source>Rasters on the same pixels as the image that was registered: its other bands, polarisations or dates.</source>
   <translation>与已配准影像像素一致的栅格：其他波段、极化或日期。</translation>
  </message>
  <message>
   <source>Where the warped rasters go; each is named after its file.</source>
   <translation>校正后的栅格的存放位置；以各自的文件命名。</translation>
  </message>
  <message>
   <source>Also warps rasters of the same ground whose size or place differs from the image that was registered. The transform may be wrong for them.</source>
   <translation>同时校正同一地面上大小或位置与已配准影像不同的栅格。该变换对它们可能是错的。</translation>
  </message>
  <message>
   <source>Transform</source>
   <translation>变换</translation>
  </message>
  <message>
   <source>Rasters</source>
   <translation>栅格</translation>
  </message>
  <message>
   <source>Folder for results</source>
   <translation>结果文件夹</translation>
  </message>
  <message>
   <source>Allow rasters on other pixels</source>
   <translation>允许像素不一致的栅格</translation>
  </message>
  <message>
   <source>Warped rasters</source>
   <translation>校正后的栅格</translation>
  </message>
  <message>
   <source>Only raster files can be warped.</source>
   <translation>只能校正栅格文件。</translation>
  </message>
  <message>
   <source>Assess alignment</source>
   <translation>评估对齐</translation>
  </message>
  <message>
   <source>Measures how far two rasters lie apart, as they are now, and says so in words and figures. Writes nothing.</source>
   <translation>测量两个栅格目前相差多少，并用文字和数字说明。不写出文件。</translation>
  </message>
  <message>
   <source>Status</source>
   <translation>状态</translation>
  </message>
  <message>
   <source>Verdict</source>
   <translation>结论</translation>
  </message>
  <message>
   <source>Number of matches</source>
   <translation>匹配数</translation>
  </message>
  <message>
   <source>Matches that agree</source>
   <translation>一致的匹配</translation>
  </message>
  <message>
   <source>Shift that is the same everywhere, px</source>
   <translation>处处相同的偏移（像素）</translation>
  </message>
  <message>
   <source>Median displacement, px</source>
   <translation>位移中位数（像素）</translation>
  </message>
  <message>
   <source>90 % below, px</source>
   <translation>90 % 低于（像素）</translation>
  </message>
  <message>
   <source>Where the pixels of the result lie: on those of the image that stays, or in the coordinate system and pixel size that the raster has now. A number is a pixel size, in the units of the image that stays.</source>
   <translation>结果的像素所在：采用不动影像的像素，或采用该栅格目前的坐标系和像素大小。数字表示像素大小，以不动影像的单位计。</translation>
  </message>
  <message>
   <source>How new pixels are made from the old ones: nearest neighbour for classes, average for a much coarser output, else cubic.</source>
   <translation>新像素如何由旧像素生成：分类数据用最近邻，输出分辨率低得多时用平均，其余用三次卷积。</translation>
  </message>
  <message>
   <source>Resampling</source>
   <translation>重采样</translation>
  </message>
  <message>
   <source>Refused: {reason}</source>
   <translation>已拒绝：{reason}</translation>
  </message>
  <message>
   <source>Output grid</source>
   <translation>输出格网</translation>
  </message>
  <message>
   <source>{name} has to be a raster file; an online map can only be the optical layer that does not move, in Register and in Assess alignment.</source>
   <translation>{name} 必须是栅格文件；在线地图只能在“配准”和“评估对齐”中用作不移动的光学图层。</translation>
  </message>
  <message>
   <source>Shows two rasters in alternating cells, or as swipe, blend or red-cyan picture, on the grid of the first one.</source>
   <translation>以交替的格子、卷帘、混合或红青合成的方式显示两个栅格，采用第一个栅格的格网。</translation>
  </message>
  <message>
   <source>How the two rasters are put into one picture.</source>
   <translation>两个栅格如何合成一幅图。</translation>
  </message>
  <message>
   <source>Side of a cell of the checkerboard, in pixels of the first raster.</source>
   <translation>棋盘格的边长，以第一个栅格的像素计。</translation>
  </message>
  <message>
   <source>The picture, a GeoTIFF in colours or grey.</source>
   <translation>比较图，彩色或灰度 GeoTIFF。</translation>
  </message>
  <message>
   <source>First raster</source>
   <translation>第一个栅格</translation>
  </message>
  <message>
   <source>The reference: the picture has its pixels.</source>
   <translation>参考影像：图片采用它的像素。</translation>
  </message>
  <message>
   <source>Second raster</source>
   <translation>第二个栅格</translation>
  </message>
  <message>
   <source>The registered image, resampled to the pixels of the first one.</source>
   <translation>配准后的影像，重采样到第一个栅格的像素。</translation>
  </message>
  <message>
   <source>Mode</source>
   <translation>模式</translation>
  </message>
  <message>
   <source>Cell size in pixels</source>
   <translation>格子大小（像素）</translation>
  </message>
  <message>
   <source>Comparison</source>
   <translation>比较图</translation>
  </message>
  <message>
   <source>{a} – {b}, comparison</source>
   <translation>{a} – {b}，对比</translation>
  </message>
  <message>
   <source>Open the result</source>
   <translation>打开结果</translation>
  </message>
  <message>
   <source>A click on a footprint opens its result.</source>
   <translation>单击覆盖范围即可打开其结果。</translation>
  </message>
  <message>
   <source>Click footprints</source>
   <translation>单击覆盖范围</translation>
  </message>
  <message>
   <source>The files of {name} are in {place}.</source>
   <translation>{name} 的文件位于 {place}。</translation>
  </message>
  <message>
   <source>it is still to do</source>
   <translation>尚待处理</translation>
  </message>
  <message>
   <source>Load the results</source>
   <translation>加载结果</translation>
  </message>
  <message>
   <source>Adds the results to the project as one group; models never do.</source>
   <translation>将结果作为一个图层组添加到工程中；模型中从不添加。</translation>
  </message>
  <message>
   <source>Match points</source>
   <translation>匹配点</translation>
  </message>
  <message>
   <source>Finds points that two images have in common, and the transform between them. Gives a layer of points at their place in the image that stays, and JSON in pixels of the two files if you ask for it; warps nothing.</source>
   <translation>找出两幅影像的共同点及两者之间的变换。给出这些点在不动影像中位置的点图层，需要时另写出以两个文件的像素表示的 JSON；不做校正。</translation>
  </message>
  <message>
   <source>A point for each match, with its residual and confidence.</source>
   <translation>每个匹配一个点，带有残差和置信度。</translation>
  </message>
  <message>
   <source>The points and the transform as JSON, in pixels of the two files.</source>
   <translation>以 JSON 写出的点和变换，用两个文件的像素表示。</translation>
  </message>
  <message>
   <source>Points and transform as JSON</source>
   <translation>点和变换（JSON）</translation>
  </message>
  <message>
   <source>Which bands to match with. Empty: chosen by their kind and content.</source>
   <translation>用哪些波段匹配。留空：按波段的类型和内容选择。</translation>
  </message>
  <message>
   <source>This image is warped; the other one stays as it is.</source>
   <translation>这幅影像被校正；另一幅保持不动。</translation>
  </message>
  <message>
   <source>How freely the image may be bent. Automatic takes the simplest one that predicts matches it has not seen.</source>
   <translation>影像可以弯曲到什么程度。“自动”采用能预测未见过的匹配的最简单的变换。</translation>
  </message>
  <message>
   <source>What the network runs on; cuda:1 is the second of several cards.</source>
   <translation>神经网络在何处运行；cuda:1 是多块显卡中的第二块。</translation>
  </message>
  <message>
   <source>Near looks around the present place of the image; anywhere looks for every rotation and place; automatic is near where both images have a georeference.</source>
   <translation>“邻近”在影像目前位置周围寻找；“任意”寻找任何旋转和位置；两幅影像都有地理参考时“自动”即为“邻近”。</translation>
  </message>
  <message>
   <source>Pixels are those that are matched, the coarser ones of the two.</source>
   <translation>像素指匹配时所用的像素，即两幅影像中较粗的一种。</translation>
  </message>
  <message>
   <source>Largest shift (0: automatic)</source>
   <translation>最大位移（0：自动）</translation>
  </message>
  <message>
   <source>How far the image may be off. Automatic: a tenth of what both images cover, at least 64 pixels.</source>
   <translation>影像可能偏离多远。自动：两幅影像共同覆盖范围的十分之一，至少 64 像素。</translation>
  </message>
  <message>
   <source>Largest rotation in degrees (-1: automatic)</source>
   <translation>最大旋转角度（-1：自动）</translation>
  </message>
  <message>
   <source>How far the image may be turned. Automatic: 3 degrees when near.</source>
   <translation>影像可能旋转多少。自动：“邻近”时为 3 度。</translation>
  </message>
  <message>
   <source>Largest scale factor (0: automatic)</source>
   <translation>最大缩放系数（0：自动）</translation>
  </message>
  <message>
   <source>From 1 to 8: how wrong its size may be. Automatic: 1.03 when near.</source>
   <translation>从 1 到 8：其大小可能相差的倍数。自动：“邻近”时为 1.03。</translation>
  </message>
  <message>
   <source>Size of the matched pixels in metres (0: automatic)</source>
   <translation>用于匹配的像素大小，米（0：自动）</translation>
  </message>
  <message>
   <source>Larger pixels show less detail and less noise. Automatic: where matches err least.</source>
   <translation>像素越大，细节和噪声都越少。自动：匹配误差最小的大小。</translation>
  </message>
  <message>
   <source>SAR layer</source>
   <translation>SAR 图层</translation>
  </message>
  <message>
   <source>The radar image: a raster file, calibrated or not, dB or linear.</source>
   <translation>雷达影像：栅格文件，定标与否均可，dB 或线性均可。</translation>
  </message>
  <message>
   <source>Optical layer</source>
   <translation>光学图层</translation>
  </message>
  <message>
   <source>The photograph or satellite image of the same ground.</source>
   <translation>同一地面的航空或卫星光学影像。</translation>
  </message>
  <message>
   <source>Bands of the SAR layer</source>
   <translation>SAR 图层的波段</translation>
  </message>
  <message>
   <source>Bands of the optical layer</source>
   <translation>光学图层的波段</translation>
  </message>
  <message>
   <source>Which one moves</source>
   <translation>移动的一方</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>模型</translation>
  </message>
  <message>
   <source>Search</source>
   <translation>搜索</translation>
  </message>
  <message>
   <source>Matching effort</source>
   <translation>匹配力度</translation>
  </message>
  <message>
   <source>Device</source>
   <translation>设备</translation>
  </message>
  <message>
   <source>Finds where a SAR image belongs on an optical image of the same ground and warps it there. Writes the registered raster, match points, a checkerboard, a raster of local residuals, the transform and a report into one folder. Fails with the reason when the evidence is too weak.</source>
   <translation>找出 SAR 影像在同一地区光学影像上的位置并校正到该处。将配准后的栅格、匹配点、棋盘格、局部残差栅格、变换和报告写入一个文件夹。证据不足时失败并说明原因。</translation>
  </message>
  <message>
   <source>Only here matches are looked for, to leave out sea, snow or cloud. The whole image is warped in any case. Empty: all that both images cover.</source>
   <translation>只在这里寻找匹配，以避开海面、雪或云。无论如何都会校正整幅影像。留空：两幅影像共同覆盖的全部范围。</translation>
  </message>
  <message>
   <source>Where all files of the registration go.</source>
   <translation>配准的全部文件的存放位置。</translation>
  </message>
  <message>
   <source>Writes the warped image although the two already lie on one another better than that. Other refusals stay refusals.</source>
   <translation>两幅影像本来就对得更好时也写出校正后的影像。其他原因的拒绝不受影响。</translation>
  </message>
  <message>
   <source>Area to match in</source>
   <translation>匹配区域</translation>
  </message>
  <message>
   <source>Registered image</source>
   <translation>配准后的影像</translation>
  </message>
  <message>
   <source>Local residual</source>
   <translation>局部残差</translation>
  </message>
  <message>
   <source>Report</source>
   <translation>报告</translation>
  </message>
  <message>
   <source>Median distance of the matches before, px</source>
   <translation>配准前匹配点相距的中位数，像素</translation>
  </message>
  <message>
   <source>Median held-out error, px</source>
   <translation>留出误差的中位数，像素</translation>
  </message>
  <message>
   <source>Error of the transform, 9 of 10 below, px</source>
   <translation>变换误差（十有九次低于）（像素）</translation>
  </message>
  <message>
   <source>Why this transform</source>
   <translation>选择该变换的原因</translation>
  </message>
  <message>
   <source>SAR</source>
   <translation>SAR</translation>
  </message>
  <message>
   <source>optical</source>
   <translation>光学</translation>
  </message>
  <message>
   <source>A value that means no data, where the file does not say it.</source>
   <translation>文件没有说明时，表示无数据的值。</translation>
  </message>
  <message>
   <source>A vector file of areas, or a raster: nothing is matched in them, such as clouds or water. In a raster 0 is good; any other value, no data and NaN are bad. Where it has no 0 at all, its values are bad and what has no data is good.</source>
   <translation>区域的矢量文件或栅格：其中不进行匹配，例如云或水面。栅格中 0 表示可用，其他任何值、无数据和 NaN 都表示不可用。若栅格中完全没有 0，则有值处不可用，无数据处可用。</translation>
  </message>
  <message>
   <source>Nodata value of the {image} image</source>
   <translation>{image}影像的无数据值</translation>
  </message>
  <message>
   <source>Areas not to match in the {image} image</source>
   <translation>{image}影像中不参与匹配的区域</translation>
  </message>
  <message>
   <source>Tables</source>
   <translation>表格</translation>
  </message>
  <message>
   <source>Register many</source>
   <translation>批量配准</translation>
  </message>
  <message>
   <source>Registers the pairs of a plan, or pairs the images of two folders or two lists of layers by ground, date and cloud and registers these. Each pair gets a folder of its own in the folder for results, which also holds a table of all pairs with footprints and an index page. Stopped or broken off, it goes on where it was when it is run again into the same folder.</source>
   <translation>配准计划表中的影像对；或者按地面范围、日期和云量将两个文件夹或两组图层中的影像配成对，再逐对配准。每一对在结果文件夹中有自己的文件夹，结果文件夹还包含带覆盖范围的总表和索引网页。停止或中断后，用同一结果文件夹再次运行即可从中断处继续。</translation>
  </message>
  <message>
   <source>Also matches images of one track to their neighbours in time and adjusts them all, so that they agree; images that cannot be matched to the optical image alone are placed by their neighbours, and say so.</source>
   <translation>还将同一轨道的影像与相邻时间的影像匹配，并一起平差，使它们彼此一致；无法单独与光学影像匹配的影像由相邻影像定位，并注明这一点。</translation>
  </message>
  <message>
   <source>A folder for each pair, a table and a page of all of them. The same folder again goes on where it was.</source>
   <translation>每一对一个文件夹，另有总表和索引网页。再次选择同一文件夹即可从中断处继续。</translation>
  </message>
  <message>
   <source>Plan</source>
   <translation>计划</translation>
  </message>
  <message>
   <source>A table with the columns sar, optical and name, and any option of a registration, or the plan of an earlier run. Empty: the images below are paired.</source>
   <translation>含有 sar、optical、name 列以及任意配准选项列的表格，或以前运行的计划。留空：对下面的影像进行配对。</translation>
  </message>
  <message>
   <source>More than one needs the packages for archives, which Set up engine offers, and as much memory and as many cores more.</source>
   <translation>多于一个时需要批处理软件包（可在“设置引擎”中安装），并相应需要更多内存和处理器核。</translation>
  </message>
  <message>
   <source>Refused ones are results, and are not tried again.</source>
   <translation>被拒绝的影像对本身就是结果，不会重试。</translation>
  </message>
  <message>
   <source>Adjust the dates of a track together</source>
   <translation>同一轨道的各日期一起平差</translation>
  </message>
  <message>
   <source>Footprints</source>
   <translation>覆盖范围</translation>
  </message>
  <message>
   <source>Page of all pairs</source>
   <translation>所有影像对的网页</translation>
  </message>
  <message>
   <source>Registered pairs</source>
   <translation>已配准的影像对</translation>
  </message>
  <message>
   <source>Refused pairs</source>
   <translation>被拒绝的影像对</translation>
  </message>
  <message>
   <source>Pairs that could not be worked on</source>
   <translation>无法处理的影像对</translation>
  </message>
  <message>
   <source>Pairs that were done before</source>
   <translation>以前已完成的影像对</translation>
  </message>
  <message>
   <source>Layers that are paired with those of the other kind.</source>
   <translation>与另一类图层配对的图层。</translation>
  </message>
  <message>
   <source>In place of layers: a folder, looked through with all below it.</source>
   <translation>代替图层：一个文件夹，连同其所有子文件夹一起查找。</translation>
  </message>
  <message>
   <source>Pairs at a time</source>
   <translation>同时处理的影像对数</translation>
  </message>
  <message>
   <source>Try pairs again that failed</source>
   <translation>重试失败的影像对</translation>
  </message>
  <message>
   <source>Give a plan, or images of both kinds.</source>
   <translation>请给出计划，或两类影像。</translation>
  </message>
  <message>
   <source>Give layers or a folder of a kind, and not both.</source>
   <translation>同一类影像请给出图层或文件夹，不要两者都给。</translation>
  </message>
  <message>
   <source>{name}, pairs</source>
   <translation>{name}，影像对</translation>
  </message>
  <message>
   <source>{name} is no raster file; leave it out.</source>
   <translation>{name} 不是栅格文件；请去掉它。</translation>
  </message>
  <message>
   <source>Layers: {kind}</source>
   <translation>图层：{kind}</translation>
  </message>
  <message>
   <source>Folder: {kind}</source>
   <translation>文件夹：{kind}</translation>
  </message>
  <message>
   <source>Stopped; what is done stays in {out}. Run it again to go on.</source>
   <translation>已停止；已完成的部分保留在 {out} 中。再次运行即可继续。</translation>
  </message>
  <message>
   <source>(choose a layer)</source>
   <translation>（请选择图层）</translation>
  </message>
  <message>
   <source>{first} and {second} are the same image; choose two.</source>
   <translation>{first}和{second}是同一幅影像；请选择两幅。</translation>
  </message>
  <message>
   <source>{name}: choose a layer.</source>
   <translation>{name}：请选择图层。</translation>
  </message>
  <message>
   <source>{n} px</source>
   <translation>{n} 像素</translation>
  </message>
  <message>
   <source>Choose a folder</source>
   <translation>选择文件夹</translation>
  </message>
  <message>
   <source>Preparing the layers</source>
   <translation>正在准备图层</translation>
  </message>
  <message>
   <source>Loading the results</source>
   <translation>正在加载结果</translation>
  </message>
  <message>
   <source>Opening the images</source>
   <translation>正在打开影像</translation>
  </message>
  <message>
   <source>Matching</source>
   <translation>正在匹配</translation>
  </message>
  <message>
   <source>Looking at the whole overlap</source>
   <translation>正在查看整个重叠区</translation>
  </message>
  <message>
   <source>Looking at the overview</source>
   <translation>正在查看概览</translation>
  </message>
  <message>
   <source>Looking closer in several places</source>
   <translation>正在多处仔细查看</translation>
  </message>
  <message>
   <source>Matching tiles</source>
   <translation>正在逐块匹配</translation>
  </message>
  <message>
   <source>Registering each date</source>
   <translation>正在逐期配准</translation>
  </message>
  <message>
   <source>Matching the dates to each other</source>
   <translation>正在匹配各期影像</translation>
  </message>
  <message>
   <source>Adjusting the dates together</source>
   <translation>正在整体平差</translation>
  </message>
  <message>
   <source>Writing the results</source>
   <translation>正在写出结果</translation>
  </message>
  <message>
   <source>Drawing the checkerboard</source>
   <translation>正在绘制棋盘格</translation>
  </message>
  <message>
   <source>Writing the matches</source>
   <translation>正在写出匹配点</translation>
  </message>
  <message>
   <source>Writing the report</source>
   <translation>正在写出报告</translation>
  </message>
  <message>
   <source>The feature is farther away than the search reaches. Use a larger window, or pin one pair by hand with Shift and two clicks.</source>
   <translation>该地物超出了搜索范围。请使用更大的窗口，或按住 Shift 点击两次手动设置一对点。</translation>
  </message>
  <message>
   <source>in one piece</source>
   <translation>整块匹配</translation>
  </message>
  <message>
   <source>{sentence}.</source>
   <translation>{sentence}。</translation>
  </message>
  <message>
   <source>about {t}</source>
   <translation>约 {t}</translation>
  </message>
  <message>
   <source>Overlap {w} × {h}</source>
   <translation>重叠区 {w} × {h}</translation>
  </message>
  <message>
   <source>matched at {gsd}</source>
   <translation>以 {gsd}分辨率匹配</translation>
  </message>
  <message>
   <source>No georeference: matched as plain images, {s}</source>
   <translation>没有地理参考：作为普通图像匹配，{s}</translation>
  </message>
  <message>
   <source>in {n} tiles</source>
   <translation>分 {n} 块</translation>
  </message>
  <message>
   <source>, </source>
   <translation>，</translation>
  </message>
  <message>
   <source>SAR, onto optical</source>
   <translation>SAR，移到光学上</translation>
  </message>
  <message>
   <source>Optical, onto SAR</source>
   <translation>光学，移到 SAR 上</translation>
  </message>
  <message>
   <source>Hand-made, needs no torch</source>
   <translation>人工设计，不需要 torch</translation>
  </message>
  <message>
   <source>Network, needs torch</source>
   <translation>神经网络，需要 torch</translation>
  </message>
  <message>
   <source>LightGlue, to compare with; needs torch and kornia</source>
   <translation>LightGlue，用于比较；需要 torch 和 kornia</translation>
  </message>
  <message>
   <source>SuperGlue, to compare with; needs torch</source>
   <translation>SuperGlue，用于比较；需要 torch</translation>
  </message>
  <message>
   <source>LoFTR, to compare with; needs torch and kornia</source>
   <translation>LoFTR，用于比较；需要 torch 和 kornia</translation>
  </message>
  <message>
   <source>OSR-Net, to compare with; needs torch</source>
   <translation>OSR-Net，用于比较；需要 torch</translation>
  </message>
  <message>
   <source>Processor (CPU)</source>
   <translation>处理器（CPU）</translation>
  </message>
  <message>
   <source>NVIDIA graphics card (CUDA)</source>
   <translation>NVIDIA 显卡（CUDA）</translation>
  </message>
  <message>
   <source>Apple graphics (MPS)</source>
   <translation>Apple 图形处理器（MPS）</translation>
  </message>
  <message>
   <source>Near: trust the georeference</source>
   <translation>邻近：信任地理参考</translation>
  </message>
  <message>
   <source>Anywhere: any rotation and place</source>
   <translation>任意：任意旋转和位置</translation>
  </message>
  <message>
   <source>Quick: few tiles</source>
   <translation>快速：少量图块</translation>
  </message>
  <message>
   <source>Normal: tiles by need</source>
   <translation>标准：按需匹配图块</translation>
  </message>
  <message>
   <source>Thorough: all tiles</source>
   <translation>彻底：全部图块</translation>
  </message>
  <message>
   <source>pixels</source>
   <translation>像素</translation>
  </message>
  <message>
   <source>metres</source>
   <translation>米</translation>
  </message>
  <message>
   <source>Pixels of the reference</source>
   <translation>参考影像的像素</translation>
  </message>
  <message>
   <source>Its own pixels</source>
   <translation>自身的像素</translation>
  </message>
  <message>
   <source>Pixels of this size</source>
   <translation>指定大小的像素</translation>
  </message>
  <message>
   <source>Nearest neighbour (classes)</source>
   <translation>最近邻（分类数据）</translation>
  </message>
  <message>
   <source>Bilinear</source>
   <translation>双线性</translation>
  </message>
  <message>
   <source>Cubic</source>
   <translation>三次卷积</translation>
  </message>
  <message>
   <source>Lanczos</source>
   <translation>Lanczos</translation>
  </message>
  <message>
   <source>Average (much coarser output)</source>
   <translation>平均（输出分辨率低得多时）</translation>
  </message>
  <message>
   <source>The radar image: a raster file in the project. Layers that are no files are not listed, such as those computed on the fly, in databases or online; Export &gt; Save As… in the Layers panel makes a file of one.</source>
   <translation>雷达影像：工程中的一个栅格文件。不是文件的图层不会列出，例如即时计算的、数据库中的或在线的图层；可在图层面板中用“导出 &gt; 另存为…”保存为文件。</translation>
  </message>
  <message>
   <source>The band that is compared. Automatic takes the co-polarised one (VV or HH) where the file tells, else the first. All bands are warped.</source>
   <translation>用于比较的波段。自动：文件注明极化方式时取同极化波段（VV 或 HH），否则取第一个波段。所有波段都会被重采样。</translation>
  </message>
  <message>
   <source>The image to compare with: a raster file, or an online map, of which only the part that is needed is drawn.</source>
   <translation>用于比较的影像：栅格文件，或在线地图（只绘制所需的部分）。</translation>
  </message>
  <message>
   <source>The band that is compared. Automatic takes a grey image of the visible bands.</source>
   <translation>用于比较的波段。自动：由可见光波段合成灰度影像。</translation>
  </message>
  <message>
   <source>The image that is warped; the other one stays as it is.</source>
   <translation>将被变换的影像；另一幅保持不变。</translation>
  </message>
  <message>
   <source>Where matches are looked for. The whole image is warped all the same.</source>
   <translation>寻找匹配点的范围。无论如何整幅影像都会被变换。</translation>
  </message>
  <message>
   <source>How the image may be bent. Automatic takes the simplest transform that predicts ground it has not seen.</source>
   <translation>影像允许的变形方式。自动：取能够预测未参与拟合区域的最简单变换。</translation>
  </message>
  <message>
   <source>How far the present placement can be trusted. Automatic: near where both files have a georeference, else anywhere.</source>
   <translation>当前位置的可信程度。自动：两个文件都有地理参考时在附近搜索，否则全范围搜索。</translation>
  </message>
  <message>
   <source>How far the image may be off at most, in pixels of the working grid or in metres. Automatic: a tenth of the overlap, at least 64 pixels.</source>
   <translation>影像最大可能的偏移量，单位为工作格网的像素或米。自动：重叠区的十分之一，至少 64 像素。</translation>
  </message>
  <message>
   <source>The unit of the largest shift.</source>
   <translation>最大偏移量的单位。</translation>
  </message>
  <message>
   <source>How much of a large overlap is matched, tile by tile. Normal stops where further tiles would change nothing; thorough takes longest.</source>
   <translation>较大的重叠区按图块匹配多少。“标准”在更多图块不会改变结果时停止；“彻底”用时最长。</translation>
  </message>
  <message>
   <source>What the network runs on. Automatic: a graphics card where there is one that torch can use. The model gradient always takes the processor.</source>
   <translation>网络运行所用的设备。自动：有 torch 可用的显卡时使用显卡。gradient 模型始终使用处理器。</translation>
  </message>
  <message>
   <source>Each run makes a new folder in it. Empty: beside the file of the SAR image.</source>
   <translation>每次运行都会在其中新建一个文件夹。留空：放在 SAR 影像文件旁边。</translation>
  </message>
  <message>
   <source>On which pixels the result is written: those of the image that stays, those the moving image had, or some of a size of your own.</source>
   <translation>结果所用的像元格网：与不动影像一致、保持移动影像自身的格网，或自定义像元大小。</translation>
  </message>
  <message>
   <source>Side of a pixel of the result, in units of the reference's CRS (mostly metres, or degrees).</source>
   <translation>结果像元的边长，单位为参考影像坐标系的单位（通常是米，或度）。</translation>
  </message>
  <message>
   <source>How values between pixels are made. Cubic is sharp; nearest neighbour keeps classes; average suits a much coarser grid.</source>
   <translation>像元之间数值的计算方式。三次卷积较清晰；最近邻保持类别值；平均适合更粗的格网。</translation>
  </message>
  <message>
   <source>Adds two more layers, hidden at first, to look at.</source>
   <translation>另外添加两个图层供查看，起初不显示。</translation>
  </message>
  <message>
   <source>Writes a result even where the images were better aligned before.</source>
   <translation>即使影像原先对齐得更好，也写出结果。</translation>
  </message>
  <message>
   <source>Moved by, px</source>
   <translation>移动量（像素）</translation>
  </message>
  <message>
   <source>The two images do not cover the same ground.</source>
   <translation>两幅影像没有覆盖同一地面。</translation>
  </message>
  <message>
   <source>There is too little structure that both images could share (sea, cloud, flat ground).</source>
   <translation>两幅影像可共有的结构太少（海面、云、平坦地面）。</translation>
  </message>
  <message>
   <source>Too few matches agree with one another.</source>
   <translation>相互一致的匹配太少。</translation>
  </message>
  <message>
   <source>The matches cover too small a part of the overlap to be trusted.</source>
   <translation>匹配点覆盖的重叠区太小，不足以信任。</translation>
  </message>
  <message>
   <source>Two different placements fit about equally well.</source>
   <translation>两个不同的位置几乎同样吻合。</translation>
  </message>
  <message>
   <source>The agreement is no better than that of unrelated images.</source>
   <translation>吻合程度不比无关影像更好。</translation>
  </message>
  <message>
   <source>The best placement lies outside the search range.</source>
   <translation>最佳位置超出搜索范围。</translation>
  </message>
  <message>
   <source>The images are already aligned better than a warp would make them.</source>
   <translation>影像已经对齐，校正不会更好。</translation>
  </message>
  <message>
   <source>Check that both files carry the right coordinate reference system.</source>
   <translation>检查两个文件的坐标参考系是否正确。</translation>
  </message>
  <message>
   <source>Compare their extents on a map; if one is misplaced by far, search anywhere, without trusting the georeference.</source>
   <translation>在地图上比较两者的范围；如果其中一个偏离很远，请不依赖地理参考，在任意位置搜索（“搜索”选“任意”）。</translation>
  </message>
  <message>
   <source>Choose an area with roads, field borders, rivers or a coast.</source>
   <translation>选择有道路、田界、河流或海岸的区域。</translation>
  </message>
  <message>
   <source>Mask sea and clouds, or take a cloud-free optical image.</source>
   <translation>遮盖海面和云，或使用无云的光学影像。</translation>
  </message>
  <message>
   <source>Use other bands: near infrared shows more structure than blue.</source>
   <translation>使用其他波段：近红外比蓝波段显示更多结构。</translation>
  </message>
  <message>
   <source>Raise the largest shift if the images may be farther apart.</source>
   <translation>如果影像可能相距更远，请增大最大位移。</translation>
  </message>
  <message>
   <source>Choose images closer in date and in pixel size.</source>
   <translation>选择日期和像素大小更接近的影像。</translation>
  </message>
  <message>
   <source>Use another model or other bands.</source>
   <translation>使用其他模型或其他波段。</translation>
  </message>
  <message>
   <source>Take a simpler transform (shift or similarity).</source>
   <translation>采用更简单的变换（平移或相似变换）。</translation>
  </message>
  <message>
   <source>Limit the area of interest to the part that has structure.</source>
   <translation>将感兴趣区域限制在有结构的部分。</translation>
  </message>
  <message>
   <source>Limit the largest shift, the rotation and the scale to what is possible.</source>
   <translation>将最大位移、旋转和缩放限制在可能的范围内。</translation>
  </message>
  <message>
   <source>Take a larger area: repeated patterns such as fields look alike.</source>
   <translation>采用更大的区域：田块等重复图案彼此相似。</translation>
  </message>
  <message>
   <source>Make sure that both images show the same place.</source>
   <translation>确认两幅影像显示同一地点。</translation>
  </message>
  <message>
   <source>Choose images closer in date; clouds and floods hide what they share.</source>
   <translation>选择日期更接近的影像；云和洪水会掩盖共有的结构。</translation>
  </message>
  <message>
   <source>Raise the largest shift.</source>
   <translation>增大最大位移。</translation>
  </message>
  <message>
   <source>If the georeference is poor, search anywhere, at any rotation and scale.</source>
   <translation>如果地理参考较差，请在任意位置以任意旋转和缩放搜索（“搜索”选“任意”）。</translation>
  </message>
  <message>
   <source>Use the moving image as it is.</source>
   <translation>直接使用待配准影像。</translation>
  </message>
  <message>
   <source>To register all the same, choose to warp anyway (--force).</source>
   <translation>如仍要配准，请选择仍然校正（--force）。</translation>
  </message>
  <message>
   <source>This needs the package {package}: scripts/setup.sh archive installs it, and so does pip install 'soma-registration[archive]'.</source>
   <translation>此功能需要软件包 {package}：可用 scripts/setup.sh archive 安装，也可用 pip install 'soma-registration[archive]' 安装。</translation>
  </message>
  <message>
   <source>This needs the package {package}; install it with pip beside the program.</source>
   <translation>此功能需要软件包 {package}；请用 pip 将其安装在本程序旁。</translation>
  </message>
  <message>
   <source>{path} is no folder; give one with images in it.</source>
   <translation>{path} 不是文件夹；请给出一个含有影像的文件夹。</translation>
  </message>
  <message>
   <source>{name} is left out: it has no georeference that says where it lies.</source>
   <translation>{name} 被略去：它没有说明其位置的地理参考。</translation>
  </message>
  <message>
   <source>{path} is no table that can be written; end it in .csv, .gpkg or .parquet.</source>
   <translation>无法写入 {path} 这种表；请以 .csv、.gpkg 或 .parquet 结尾。</translation>
  </message>
  <message>
   <source>{path} exists, and may have been edited; give another name, or say --overwrite.</source>
   <translation>{path} 已存在，而且可能经过编辑；请另取名称，或加上 --overwrite。</translation>
  </message>
  <message>
   <source>{path} needs the columns sar and optical, and at least one row.</source>
   <translation>{path} 需要 sar 和 optical 两列，并且至少有一行。</translation>
  </message>
  <message>
   <source>{path} has columns that mean nothing here: {names:commas}; columns are options of soma register, and your own where they begin with an underscore.</source>
   <translation>{path} 中有此处无意义的列：{names:commas}；列名应为 soma register 的选项，以下划线开头的列则由您自用。</translation>
  </message>
  <message>
   <source>{path} has columns of the same name: {names:commas}; leave one of each.</source>
   <translation>{path} 中有同名的列：{names:commas}；每个名称只保留一列。</translation>
  </message>
  <message>
   <source>{path} is what each run writes anew about all pairs; give the plan another name, or the archive another folder.</source>
   <translation>{path} 是每次运行都会重写的总览文件；请给计划表另取名称，或为归档另选文件夹。</translation>
  </message>
  <message>
   <source>None of {sars} SAR images shows the ground of one of {opticals} optical images; check the folders, or ask for less overlap.</source>
   <translation>{sars} 幅 SAR 影像与 {opticals} 幅光学影像均无共同覆盖；请检查文件夹，或降低所需的重叠。</translation>
  </message>
  <message>
   <source>{pairs} pairs of {paired} of {sars} SAR images.</source>
   <translation>由 {sars} 幅 SAR 影像中的 {paired} 幅组成 {pairs} 个影像对。</translation>
  </message>
  <message>
   <source>{path} lies on a disk that cannot lock files ({why}); choose another folder for the archive.</source>
   <translation>{path} 所在磁盘无法锁定文件（{why}）；请为档案另选文件夹。</translation>
  </message>
  <message>
   <source>{path} holds no archive; give a folder of soma archive run.</source>
   <translation>{path} 中没有档案；请给出 soma archive run 的文件夹。</translation>
  </message>
  <message>
   <source>The program ended {attempts} times while it worked on this pair: it needs more memory, or its files break a library.</source>
   <translation>处理此影像对时程序 {attempts} 次意外结束：它需要更多内存，或其文件使某个库出错。</translation>
  </message>
  <message>
   <source>The pair took longer than {seconds:g} s and was ended; its log says where it was. Give it more with --limit and --retry.</source>
   <translation>此影像对耗时超过 {seconds:g} 秒，已被终止；其日志说明当时所在的步骤。可用 --limit 和 --retry 给予更多时间。</translation>
  </message>
  <message>
   <source>What an earlier run found is kept.</source>
   <translation>先前运行得到的结果保留不动。</translation>
  </message>
  <message>
   <source>A worker has version {own} of the program, and not {asked}; install the same one everywhere.</source>
   <translation>某个工作进程的程序版本为 {own}，而不是 {asked}；请在各处安装同一版本。</translation>
  </message>
  <message>
   <source>Whoever works on {name} ends before it has begun; look into the logs of the workers, and whether the program is installed there.</source>
   <translation>处理 {name} 的进程在开始之前就已结束；请查看工作进程的日志，以及那里是否安装了本程序。</translation>
  </message>
  <message>
   <source>A worker cannot work ({error}: {why}); check that the same program is installed there.</source>
   <translation>某个工作进程无法工作（{error}：{why}）；请检查那里是否安装了同一程序。</translation>
  </message>
  <message>
   <source>There was no scheduler or no worker for {seconds:.0f} s; start them, and run the same command again.</source>
   <translation>已有 {seconds:.0f} 秒没有调度器或工作进程；请启动它们，并再次运行同一命令。</translation>
  </message>
  <message>
   <source>No workers can be started here ({why}); check --workers and --memory, a size such as 4GB.</source>
   <translation>无法在此启动工作进程（{why}）；请检查 --workers 和 --memory（大小写作 4GB）。</translation>
  </message>
  <message>
   <source>There was no worker for {seconds:.0f} s: those that are started end at once; give each more with --memory, or start fewer with --workers.</source>
   <translation>{seconds:.0f} 秒内没有任何工作进程：启动的进程立即结束；请用 --memory 给每个进程更多内存，或用 --workers 减少进程数。</translation>
  </message>
  <message>
   <source>No worker has had the resource {name} for {seconds:.0f} s; start workers with --resources {name}=1.</source>
   <translation>{seconds:.0f} 秒内没有任何工作进程具有资源 {name}；请用 --resources {name}=1 启动工作进程。</translation>
  </message>
  <message>
   <source>No workers can be started with --cluster {name} ({why}); check what Dask's configuration says of it.</source>
   <translation>无法用 --cluster {name} 启动工作进程（{why}）；请检查 Dask 配置中的相应设置。</translation>
  </message>
  <message>
   <source>The job {job} ended before its worker came ({why}).</source>
   <translation>作业 {job} 在其工作进程连接之前就结束了（{why}）。</translation>
  </message>
  <message>
   <source>{count} jobs in a row ended before their workers came, the last of them {job} ({why}); check what Dask's configuration says of jobs, and that the program is installed where they run.</source>
   <translation>连续 {count} 个作业在其工作进程连接之前就结束了，最后一个是 {job}（{why}）；请检查 Dask 配置中关于作业的设置，以及作业运行处是否安装了本程序。</translation>
  </message>
  <message>
   <source>it has no log in {folder}</source>
   <translation>{folder} 中没有它的日志</translation>
  </message>
  <message>
   <source>The queue takes no job now ({why}); it is asked again.</source>
   <translation>队列现在不接受作业（{why}）；将再次提交。</translation>
  </message>
  <message>
   <source>No worker has been there for {seconds:duration}; jobs may wait in their queue.</source>
   <translation>已有 {seconds:duration} 没有工作进程；作业可能仍在队列中等待。</translation>
  </message>
  <message>
   <source>The Dask cluster cannot be reached ({why}); check it.</source>
   <translation>无法连接 Dask 集群（{why}）；请检查。</translation>
  </message>
  <message>
   <source>{url} is no place that can be read ({why}); check its name.</source>
   <translation>{url} 不是可以读取的位置（{why}）；请检查其名称。</translation>
  </message>
  <message>
   <source>{url} cannot be reached or written ({why}); check the name and who may use it.</source>
   <translation>无法访问或写入 {url}（{why}）；请检查其名称和使用权限。</translation>
  </message>
  <message>
   <source>{path} is no STAC item, collection of items or catalogue ({why}).</source>
   <translation>{path} 不是 STAC 条目、条目集或目录（{why}）。</translation>
  </message>
  <message>
   <source>{name} is left out: it has no asset {wanted!r}; its assets are {assets}.</source>
   <translation>{name} 被略去：它没有资产 {wanted!r}；其资产为 {assets}。</translation>
  </message>
  <message>
   <source>A stack has 1 to {most} dates, not {value}.</source>
   <translation>一个时间序列有 1 到 {most} 个日期，而不是 {value} 个。</translation>
  </message>
  <message>
   <source>One adjustment over {images} images of its track, {anchors} of them matched to the optical image; {agreeing} of {neighbours} matches with its neighbours in time agree.</source>
   <translation>与同一轨道的 {images} 幅影像一起平差，其中 {anchors} 幅与光学影像匹配；它与相邻时间影像的 {neighbours} 个匹配中有 {agreeing} 个一致。</translation>
  </message>
  <message>
   <source>It could not be matched to the optical image alone: its neighbours in time place it ({agreeing} of {neighbours} matches with them agree).</source>
   <translation>它无法单独与光学影像匹配：其位置由相邻时间的影像确定（与它们的 {neighbours} 个匹配中有 {agreeing} 个一致）。</translation>
  </message>
  <message>
   <source>Its own match to the optical image lies {off:px} from where its neighbours in time place it ({agreeing} of {neighbours} matches with them agree), and does not count.</source>
   <translation>它自己与光学影像的匹配同相邻时间影像确定的位置相差 {off:px}（与它们的 {neighbours} 个匹配中有 {agreeing} 个一致），因此不予采用。</translation>
  </message>
  <message>
   <source>It could not be matched to a neighbour in time: nothing was adjusted.</source>
   <translation>它无法与相邻时间的影像匹配：未作平差。</translation>
  </message>
  <message>
   <source>Fewer than two images of its track could be matched to the optical one: nothing was adjusted.</source>
   <translation>同一轨道上能与光学影像匹配的影像不足两幅：未作平差。</translation>
  </message>
  <message>
   <source>Its matches with its neighbours and the optical image contradict each other: nothing was adjusted.</source>
   <translation>它与相邻影像及光学影像的匹配互相矛盾：未作平差。</translation>
  </message>
  <message>
   <source>Its transform bends more than an adjustment can follow, and stays its own.</source>
   <translation>它的变换弯曲程度超出平差所能表达的范围，因此保留自己的变换。</translation>
  </message>
  <message>
   <source>Stopped; what was done is kept in {path}, and the same command goes on.</source>
   <translation>已停止；已完成的结果保存在 {path} 中，再次运行同一命令即可继续。</translation>
  </message>
  <message>
   <source>Pairs to register: {pairs}, in about {seconds:duration}; done already: {before}; broken rows: {broken}. Of {looked} looked at, {refused} would be refused.</source>
   <translation>约需 {seconds:duration} 配准 {pairs} 对影像，{before} 对已完成，{broken} 行有误；在查看的 {looked} 对中，{refused} 对会被拒绝。</translation>
  </message>
  <message>
   <source>{stacked} of the images are in {stacks} stacks; {links} matches between dates come first.</source>
   <translation>其中 {stacked} 幅影像属于 {stacks} 个时序；先要做 {links} 次日期之间的匹配。</translation>
  </message>
  <message>
   <source>No two images are of one track and one optical ground: nothing is adjusted.</source>
   <translation>没有两幅影像属于同一轨道且对应同一光学影像地面范围：不做联合平差。</translation>
  </message>
  <message>
   <source>Registered {ok}, refused {refused}, failed {failed}; done before: {before}; broken rows: {broken}.</source>
   <translation>已配准 {ok} 个，拒绝 {refused} 个，失败 {failed} 个；此前已完成 {before} 个，{broken} 行有误。</translation>
  </message>
  <message>
   <source>Pairs that could not be worked on: {n}; the first is {name}: {first}</source>
   <translation>{n} 个影像对无法处理；第一个是 {name}：{first}</translation>
  </message>
  <message>
   <source>Pairs of the archive: {n}</source>
   <translation>档案中的影像对：{n}</translation>
  </message>
  <message>
   <source>Dates of stacks registered alone: {done} of {pairs}</source>
   <translation>时序中单独配准的日期：{pairs} 个中的 {done} 个</translation>
  </message>
  <message>
   <source>Matches between dates of stacks: {done} of {pairs}</source>
   <translation>时序日期之间的匹配：{pairs} 次中的 {done} 次</translation>
  </message>
  <message>
   <source>registered well</source>
   <translation>配准良好</translation>
  </message>
  <message>
   <source>registered fairly</source>
   <translation>配准尚可</translation>
  </message>
  <message>
   <source>registered, but look closely</source>
   <translation>已配准，但请仔细查看</translation>
  </message>
  <message>
   <source>refused</source>
   <translation>被拒绝</translation>
  </message>
  <message>
   <source>failed</source>
   <translation>失败</translation>
  </message>
  <message>
   <source>broken rows</source>
   <translation>有误的行</translation>
  </message>
  <message>
   <source>begun</source>
   <translation>已开始</translation>
  </message>
  <message>
   <source>still to do</source>
   <translation>尚未处理</translation>
  </message>
  <message>
   <source>chosen</source>
   <translation>所选</translation>
  </message>
  <message>
   <source>chosen: clearly better than {rival:a_transform}</source>
   <translation>所选：明显优于{rival:a_transform}</translation>
  </message>
  <message>
   <source>the simplest</source>
   <translation>最简单</translation>
  </message>
  <message>
   <source>better than {rival:a_transform}</source>
   <translation>优于{rival:a_transform}</translation>
  </message>
  <message>
   <source>gains too little: {needed:px} or less is needed</source>
   <translation>改善太小：需不超过 {needed:px}</translation>
  </message>
  <message>
   <source>too little to tell a bend from shared errors</source>
   <translation>差别太小，无法区分弯曲与共有误差</translation>
  </message>
  <message>
   <source>the gain may be chance</source>
   <translation>改善可能只是偶然</translation>
  </message>
  <message>
   <source>would fold the image</source>
   <translation>会使影像折叠</translation>
  </message>
  <message>
   <source>not possible</source>
   <translation>无法比较</translation>
  </message>
  <message>
   <source>{first} {second}</source>
   <translation>{first}{second}</translation>
  </message>
  <message>
   <source>Chosen is {kind:a_transform}: on ground left out of its fit its root mean square error is {error:px}, {gain:share} less than {rival:a_transform}.</source>
   <translation>所选为{kind:a_transform}：在未参与拟合的地面上均方根误差为 {error:px}，比{rival:a_transform}小 {gain:share}。</translation>
  </message>
  <message>
   <source>Chosen is {kind:a_transform}, the simplest that was tried: on ground left out of its fit its root mean square error is {error:px}.</source>
   <translation>所选为{kind:a_transform}，即所尝试的最简单变换：在未参与拟合的地面上均方根误差为 {error:px}。</translation>
  </message>
  <message>
   <source>Chosen is {kind:a_transform}: there are too few matches to compare kinds of transform.</source>
   <translation>所选为{kind:a_transform}：匹配太少，无法比较各种变换。</translation>
  </message>
  <message>
   <source>Chosen is {kind:a_transform}: {rival:a_transform} errs less on ground left out of its fit, but these matches leave it too uncertain elsewhere.</source>
   <translation>采用{kind:a_transform}：{rival:a_transform}在未参与拟合的地面上误差更小，但这些匹配使它在其他地方过于不确定。</translation>
  </message>
  <message>
   <source>Of the more flexible ones {kind:a_transform} comes closest with {error:px}; it would have needed {needed:px} at most.</source>
   <translation>在更灵活的变换中，{kind:a_transform}最接近，误差为 {error:px}；需不超过 {needed:px}才会被选用。</translation>
  </message>
  <message>
   <source>Of the more flexible ones {kind:a_transform} comes closest with {error:px}; but matches so close together share their errors, and what the chosen one misses beyond it is too small to tell a bend from that.</source>
   <translation>在更灵活的变换中，{kind:a_transform}最接近，误差为 {error:px}；但如此密集的匹配误差彼此相似，所选变换多出的误差太小，不足以判定存在弯曲。</translation>
  </message>
  <message>
   <source>Of the more flexible ones {kind:a_transform} comes closest with {error:px}; but the gain differs so much from part to part of the image that it may be chance.</source>
   <translation>在更灵活的变换中，{kind:a_transform}最接近，误差为 {error:px}；但改善程度在影像各部位之间差别很大，可能只是偶然。</translation>
  </message>
  <message>
   <source>Among the more flexible ones {kind:a_transform} errs less, but would fold the image.</source>
   <translation>在更灵活的变换中，{kind:a_transform}误差更小，但会使影像折叠。</translation>
  </message>
  <message>
   <source>Kinds that bend were not tried: they take more points, or points on more ground.</source>
   <translation>未尝试会弯曲的变换：那需要更多的点，或分布在更大范围内的点。</translation>
  </message>
  <message>
   <source>Taken is {kind:a_transform}, as asked for.</source>
   <translation>按要求采用{kind:a_transform}。</translation>
  </message>
  <message>
   <source>Taken is {kind:a_transform}, as asked for: on ground left out of its fit its root mean square error is {error:px}.</source>
   <translation>按要求采用{kind:a_transform}：在未参与拟合的地面上均方根误差为 {error:px}。</translation>
  </message>
  <message>
   <source>Taken is {kind:a_transform}: what one control point defines.</source>
   <translation>采用{kind:a_transform}：一个控制点所能确定的变换。</translation>
  </message>
  <message>
   <source>Taken is {kind:a_transform}: what {n} control points define.</source>
   <translation>采用{kind:a_transform}：{n} 个控制点所能确定的变换。</translation>
  </message>
  <message>
   <source>Taken is {kind:a_transform}: the windows of the {n} control points share pixels, so that they count as {places:.1f} independent places.</source>
   <translation>采用{kind:a_transform}：{n} 个控制点的窗口共用像素，因此只相当于 {places:.1f} 个独立位置。</translation>
  </message>
  <message>
   <source>Taken is {kind:a_transform}: the control points lie so close together that they tell no more.</source>
   <translation>采用{kind:a_transform}：控制点相距太近，无法提供更多信息。</translation>
  </message>
  <message>
   <source>Taken is {kind:a_transform}: the control points lie on one line.</source>
   <translation>采用{kind:a_transform}：控制点位于一条直线上。</translation>
  </message>
  <message>
   <source>aligned within {error:distance}</source>
   <translation>对齐在 {error:distance}以内</translation>
  </message>
  <message>
   <source>locally displaced by up to {error:distance}, differently from place to place</source>
   <translation>局部错位最大 {error:distance}，各处不同</translation>
  </message>
  <message>
   <source>shifted by {shift:distance} {direction:direction}</source>
   <translation>{direction:direction}偏移 {shift:distance}</translation>
  </message>
  <message>
   <source>shifted by {shift:distance} {direction:direction}, and locally by up to {rest:distance} more</source>
   <translation>{direction:direction}偏移 {shift:distance}，局部另有最多 {rest:distance}的错位</translation>
  </message>
  <message>
   <source>cannot tell: {reason}</source>
   <translation>无法判断：{reason}</translation>
  </message>
  <message>
   <source>only {inliers} matches agree, at least {least} are needed</source>
   <translation>只有 {inliers} 个匹配一致，至少需要 {least} 个</translation>
  </message>
  <message>
   <source>less than one in a million</source>
   <translation>低于百万分之一</translation>
  </message>
  <message>
   <source>about one in {n}</source>
   <translation>约 {n} 分之一</translation>
  </message>
  <message>
   <source>Error of the transform, 9 of 10 below</source>
   <translation>变换误差（十有九次低于）</translation>
  </message>
  <message>
   <source>In 9 of 10 cases the transform is off by less than this, as a root mean square over the overlap. In it are how much the transform changes when a fifth of the ground is left out of its fit, and what all matches get wrong alike, as found on images with known truth. The headline goes by this or by the held-out error that nine of ten matches stay below, whichever is larger.</source>
   <translation>十有九次，变换的误差（重叠区内的均方根）低于此值。其中包括：拟合时去掉五分之一地面后变换改变多少，以及所有匹配点共同的偏差（由真值已知的影像得出）。标题取此值与十分之九的匹配所低于的留出误差中较大的一个。</translation>
  </message>
  <message>
   <source>Error in the worst corner, 9 of 10 below</source>
   <translation>最差角落的误差（十有九次低于）</translation>
  </message>
  <message>
   <source>The same in that corner of the overlap where it is largest.</source>
   <translation>重叠区中误差最大的角落处的预期误差。</translation>
  </message>
  <message>
   <source>Held-out error, half below</source>
   <translation>留出误差，一半低于</translation>
  </message>
  <message>
   <source>How far matches lie from where a transform puts them that was fitted without them; half of them are nearer. The scatter of the matches themselves is in it; what all of them get wrong alike is not.</source>
   <translation>匹配与未用它们拟合的变换所给位置之间的距离，一半的匹配更近。其中包含匹配自身的离散，但不包含所有匹配点共同的偏差。</translation>
  </message>
  <message>
   <source>Held-out error, 90 % below</source>
   <translation>留出误差，90 % 低于</translation>
  </message>
  <message>
   <source>The same; nine of ten matches are nearer.</source>
   <translation>同上，十分之九的匹配更近。</translation>
  </message>
  <message>
   <source>Held-out error, root mean square</source>
   <translation>留出误差，均方根</translation>
  </message>
  <message>
   <source>The same as a root mean square, in which large errors count for more.</source>
   <translation>同上，以均方根表示，较大的误差权重更大。</translation>
  </message>
  <message>
   <source>Apart before, half below</source>
   <translation>配准前相距，一半低于</translation>
  </message>
  <message>
   <source>How far the matches used lay apart with the original placement.</source>
   <translation>所用匹配在原始位置下相距多远。</translation>
  </message>
  <message>
   <source>Apart before, 90 % below</source>
   <translation>配准前相距，90 % 低于</translation>
  </message>
  <message>
   <source>The same; nine of ten matches lay nearer.</source>
   <translation>同上，十分之九的匹配更近。</translation>
  </message>
  <message>
   <source>Left at the matches used, half below</source>
   <translation>所用匹配处的残差，一半低于</translation>
  </message>
  <message>
   <source>What is left at the matches that the transform was fitted to. As a rule it is less than the held-out error, for a fit goes towards its own points.</source>
   <translation>在用于拟合变换的匹配处剩余的距离。它通常小于留出误差，因为拟合会迁就自身的点。</translation>
  </message>
  <message>
   <source>Left at the matches used, 90 % below</source>
   <translation>所用匹配处的残差，90 % 低于</translation>
  </message>
  <message>
   <source>Matches found</source>
   <translation>找到的匹配</translation>
  </message>
  <message>
   <source>Places that were found in both images, right or wrong.</source>
   <translation>在两幅影像中都找到的位置，无论对错。</translation>
  </message>
  <message>
   <source>Those that one transform explains. Only these are used.</source>
   <translation>能由同一个变换解释的匹配。只使用这些匹配。</translation>
  </message>
  <message>
   <source>Covered part of the overlap</source>
   <translation>重叠区的覆盖比例</translation>
  </message>
  <message>
   <source>How much of the overlap lies between matches that agree. Beyond them the transform goes on as a guess.</source>
   <translation>重叠区中有多少位于一致的匹配之间。在其之外变换只是推测。</translation>
  </message>
  <message>
   <source>Ground without structure</source>
   <translation>无可辨结构的地面</translation>
  </message>
  <message>
   <source>How much of the matched ground does not show structure in both images: open water, deserts, clouds. The more it is, the larger is the error that is stated.</source>
   <translation>参与匹配的地面中有多少未在两幅影像上都显示出可辨结构：开阔水面、沙漠、云。占比越大，所给出的误差也越大。</translation>
  </message>
  <message>
   <source>Agreement by chance</source>
   <translation>偶然一致的可能</translation>
  </message>
  <message>
   <source>How often matches of unrelated images would agree as well.</source>
   <translation>互不相关的影像的匹配达到同样一致程度的频率。</translation>
  </message>
  <message>
   <source>Apart, half below</source>
   <translation>相距，一半低于</translation>
  </message>
  <message>
   <source>How far the images lie apart at the matches; half of them are nearer.</source>
   <translation>影像在匹配处相距多远，一半的匹配更近。</translation>
  </message>
  <message>
   <source>Apart, 90 % below</source>
   <translation>相距，90 % 低于</translation>
  </message>
  <message>
   <source>Common shift</source>
   <translation>共同偏移</translation>
  </message>
  <message>
   <source>What all parts of the image have in common.</source>
   <translation>影像各部分共有的偏移。</translation>
  </message>
  <message>
   <source>Uncertainty of the shift</source>
   <translation>偏移的不确定度</translation>
  </message>
  <message>
   <source>Standard error of the common shift, from part to part of the image.</source>
   <translation>共同偏移在影像各部分之间的标准误差。</translation>
  </message>
  <message>
   <source>Beyond the shift, root mean square</source>
   <translation>除偏移外，均方根</translation>
  </message>
  <message>
   <source>What is left when the common shift is taken away.</source>
   <translation>去掉共同偏移后剩余的部分。</translation>
  </message>
  <message>
   <source>{name} was not found; check the path {path}.</source>
   <translation>找不到 {name}；请检查路径 {path}。</translation>
  </message>
  <message>
   <source>{name} is not a raster that can be opened ({why}).</source>
   <translation>{name} 不是可以打开的栅格（{why}）。</translation>
  </message>
  <message>
   <source>{name} asks for {source} over the network; give a file with pixels in it, or set SOMA_TRUST_FILES=1 if you know where it comes from.</source>
   <translation>{name} 会通过网络请求 {source}；请给出含有像素的文件，若确知其来源，请设置 SOMA_TRUST_FILES=1。</translation>
  </message>
  <message>
   <source>{name} is a VRT by another name and reads {source} outside of its folder; rename it to .vrt if you know where it comes from.</source>
   <translation>{name} 是使用其他名称的 VRT，并读取其文件夹之外的 {source}；若确知其来源，请将其重命名为 .vrt。</translation>
  </message>
  <message>
   <source>{name} shows the bytes of other files as pixels; set SOMA_TRUST_FILES=1 if you know where it comes from.</source>
   <translation>{name} 会将其他文件的字节显示为像素；若确知其来源，请设置 SOMA_TRUST_FILES=1。</translation>
  </message>
  <message>
   <source>{path!r} is no file name; give the path of a raster.</source>
   <translation>{path!r} 不是文件名；请给出栅格的路径。</translation>
  </message>
  <message>
   <source>{name} has no band with data.</source>
   <translation>{name} 没有含数据的波段。</translation>
  </message>
  <message>
   <source>nodata {value:g} is no value that the {dtype} pixels of {name} can have; give another one.</source>
   <translation>无数据值 {value:g} 不是 {name} 的 {dtype} 像素能取的值；请另给一个。</translation>
  </message>
  <message>
   <source>{name} holds complex values, which lose their phase when resampled; convert it to amplitude or intensity first.</source>
   <translation>{name} 含有复数值，重采样会丢失相位；请先转换为振幅或强度。</translation>
  </message>
  <message>
   <source>{name} has pixels of type {dtype}; convert it to float64 first.</source>
   <translation>{name} 的像素类型为 {dtype}；请先转换为 float64。</translation>
  </message>
  <message>
   <source>{name} holds integers of 64 bits such as {value:.17g}, which float64 would round; convert it to float64 first, or declare that value as nodata.</source>
   <translation>{name} 含有 64 位整数，例如 {value:.17g}，转为 float64 会被舍入；请先将其转换为 float64，或将该值声明为 nodata。</translation>
  </message>
  <message>
   <source>{name} has no valid pixels in band {band}; check its nodata value and mask.</source>
   <translation>{name} 的波段 {band} 没有有效像素；请检查其无数据值和掩膜。</translation>
  </message>
  <message>
   <source>{name} holds values up to {value:.3g} in band {band}; from {most:.2g} on they count as no data; divide them by a constant first.</source>
   <translation>{name} 的波段 {band} 含有高达 {value:.3g} 的值；从 {most:.2g} 起的值视为无数据；请先将其除以一个常数。</translation>
  </message>
  <message>
   <source>{name} has no data band {band}; its bands are {bands}.</source>
   <translation>{name} 没有数据波段 {band}；其波段为 {bands}。</translation>
  </message>
  <message>
   <source>{name} cannot be read near column {column}, row {row}; the file seems damaged or incomplete ({why}).</source>
   <translation>{name} 在第 {column} 列、第 {row} 行附近无法读取；文件似乎已损坏或不完整（{why}）。</translation>
  </message>
  <message>
   <source>{name} has a geotransform that no raster can have ({values}); correct it, or remove it so that the image is looked for by its pixels.</source>
   <translation>{name} 的地理变换不可能成立（{values}）；请更正，或将其删除，以便按像素查找图像。</translation>
  </message>
  <message>
   <source>{name} lies from {left:.10g}, {bottom:.10g} to {right:.10g}, {top:.10g}, but its CRS {crs} counts in degrees; give it the CRS that these numbers are in.</source>
   <translation>{name} 的范围为 {left:.10g}，{bottom:.10g} 至 {right:.10g}，{top:.10g}，但其坐标系 {crs} 以度为单位；请为其指定这些数值所属的坐标系。</translation>
  </message>
  <message>
   <source>{name} has too few ground control points: {n}. At least 3 are needed.</source>
   <translation>{name} 的地面控制点太少：{n} 个。至少需要 3 个。</translation>
  </message>
  <message>
   <source>The ground control points of {name} contradict each other: they miss a smooth mapping by {error:.0f} px; give a geocoded file instead.</source>
   <translation>{name} 的地面控制点相互矛盾：与平滑映射相差 {error:.0f} 像素；请改用已地理编码的文件。</translation>
  </message>
  <message>
   <source>{n} of {all} ground control points of {name} were left out, which lie elsewhere than the others say; the one at column {column:.0f}, row {row:.0f} by {distance:.0f} m.</source>
   <translation>{name} 的 {all} 个地面控制点中有 {n} 个与其余各点不符，已排除；其中位于第 {column:.0f} 列、第 {row:.0f} 行的点相差 {distance:.0f} 米。</translation>
  </message>
  <message>
   <source>{n} of {all} ground control points of {name} lie elsewhere than the others say, the one at column {column:.0f}, row {row:.0f} by {distance:.0f} m; correct them, or give a geocoded file.</source>
   <translation>{name} 的 {all} 个地面控制点中有 {n} 个与其余各点不符，其中位于第 {column:.0f} 列、第 {row:.0f} 行的点相差 {distance:.0f} 米；请更正，或改用已地理编码的文件。</translation>
  </message>
  <message>
   <source>The {n} ground control points of {name} lie up to {distance:.0f} m from where an affine would have them, and are too few to tell which is wrong: the image is placed by that affine alone; check them, or give a geocoded file.</source>
   <translation>{name} 的 {n} 个地面控制点与仿射变换给出的位置相差最多 {distance:.0f} 米，且点数太少，无法判断哪个有误：影像仅按该仿射变换放置；请检查这些点，或提供已地理编码的文件。</translation>
  </message>
  <message>
   <source>Ground control point {n} of {name} lies nowhere on the Earth ({x:g}, {y:g}); correct it, or give a geocoded file.</source>
   <translation>{name} 的第 {n} 个地面控制点不在地球上（{x:g}，{y:g}）；请更正，或改用已地理编码的文件。</translation>
  </message>
  <message>
   <source>The rational polynomials of {name} are incomplete or damaged ({why}); give a geocoded file instead.</source>
   <translation>{name} 的有理多项式不完整或已损坏（{why}）；请改用已地理编码的文件。</translation>
  </message>
  <message>
   <source>The control points or rational polynomials of {name} spread it beyond all measure; give a geocoded file instead.</source>
   <translation>{name} 的控制点或有理多项式使其范围大得离谱；请改用已地理编码的文件。</translation>
  </message>
  <message>
   <source>The ground control points of {name} lie on one line; give a geocoded file instead.</source>
   <translation>{name} 的地面控制点位于一条直线上；请改用已地理编码的文件。</translation>
  </message>
  <message>
   <source>The rational polynomials of {name} cannot be inverted; give a geocoded file instead.</source>
   <translation>{name} 的有理多项式无法求逆；请改用已地理编码的文件。</translation>
  </message>
  <message>
   <source>{name} has no georeference, so the area of interest cannot be placed; leave it out.</source>
   <translation>{name} 没有地理参考，因此无法放置感兴趣区域；请不要设置区域。</translation>
  </message>
  <message>
   <source>{name} has no georeference but {other} has one, so they can be compared only at equal size; register them first.</source>
   <translation>{name} 没有地理参考而 {other} 有，因此只有大小相同时才能比较；请先配准。</translation>
  </message>
  <message>
   <source>{name} does not share the frame of the transform: one of the two has no georeference.</source>
   <translation>{name} 与变换的像素框架不同：两者之一没有地理参考。</translation>
  </message>
  <message>
   <source>{name} is the image that stays, or lies on its pixels; only what lies on the pixels of the image that was registered can be warped like it.</source>
   <translation>{name} 是不动的影像，或与其像素一致；只有与已配准影像像素一致的栅格才能同样校正。</translation>
  </message>
  <message>
   <source>{name} shows other ground than the image that was registered.</source>
   <translation>{name} 显示的地面与已配准影像不同。</translation>
  </message>
  <message>
   <source>{name} lies up to {shift:.3g} pixels beside the image that was registered, so the transform may be wrong for it; register it by itself, or allow other pixels.</source>
   <translation>{name} 的位置与已配准影像最多相差 {shift:.3g} 像素，因此该变换对它可能是错的；请单独配准它，或允许像素不一致。</translation>
  </message>
  <message>
   <source>{name} was changed since its transform was found, which may no longer fit it; register it again.</source>
   <translation>{name} 在求得变换之后被更改，该变换可能不再适用；请重新配准。</translation>
  </message>
  <message>
   <source>{name} has {width} x {height} pixels and no georeference; it is taken for the whole scene of which {cols} x {rows} pixels were registered.</source>
   <translation>{name} 有 {width} x {height} 个像元且没有地理参考；它被视为以 {cols} x {rows} 像元配准的同一整景影像。</translation>
  </message>
  <message>
   <source>{name} has {width} x {height} pixels, the image that was registered {cols} x {rows}, so the transform may be wrong for it; register it by itself, or allow other pixels.</source>
   <translation>{name} 为 {width} x {height} 像素，而已配准影像为 {cols} x {rows} 像素，因此该变换对它可能是错的；请单独配准它，或允许像素不一致。</translation>
  </message>
  <message>
   <source>The mask {name} has no georeference and is {width} x {height} pixels while {other} is {cols} x {rows}; make them equal or georeference the mask.</source>
   <translation>掩膜 {name} 没有地理参考，大小为 {width} x {height} 像素，而 {other} 为 {cols} x {rows}；请使两者相等，或为掩膜加上地理参考。</translation>
  </message>
  <message>
   <source>The mask {name} has a georeference but {other} has none; give a mask in the image's own pixels.</source>
   <translation>掩膜 {name} 有地理参考而 {other} 没有；请给出以影像自身像素表示的掩膜。</translation>
  </message>
  <message>
   <source>The mask {name} holds no shapes; leave it out, or choose the file that holds the areas not to match.</source>
   <translation>掩膜 {name} 不含任何图形；请不要使用它，或选择包含不匹配区域的文件。</translation>
  </message>
  <message>
   <source>The mask {name} holds lines or points, and what they go around is not known from them; give polygons of the areas not to match.</source>
   <translation>掩膜 {name} 只含线或点，无法得知它们围住的区域；请给出不参与匹配区域的多边形。</translation>
  </message>
  <message>
   <source>The mask {name} marks nothing where {other} is matched: its shapes lie from {left:.10g}, {bottom:.10g} to {right:.10g}, {top:.10g} ({crs}); give it the CRS that its coordinates are in, or leave it out.</source>
   <translation>掩膜 {name} 在匹配 {other} 的范围内没有标记任何区域：它的图形位于 {left:.10g}，{bottom:.10g} 到 {right:.10g}，{top:.10g}（{crs}）；请为它指定其坐标所属的坐标系，或不要使用它。</translation>
  </message>
  <message>
   <source>The mask {name} marks nothing where {other} is matched: its pixels are 0 there, or lie elsewhere; check its values and its georeference, or leave it out.</source>
   <translation>掩膜 {name} 在匹配 {other} 的范围内没有标记任何像元：那里的像元为 0，或者掩膜位于别处；请检查其数值和地理参考，或不要使用它。</translation>
  </message>
  <message>
   <source>The mask {name} marks all of the area where {other} is matched; give one that leaves ground to be matched (in a raster, pixels that are 0).</source>
   <translation>掩膜 {name} 标记了匹配 {other} 的全部范围；请提供留有可匹配地面的掩膜（栅格中为 0 的像元）。</translation>
  </message>
  <message>
   <source>{path} is no transform of SOMA; choose a transform.json that a registration wrote.</source>
   <translation>{path} 不是 SOMA 的变换；请选择配准写出的 transform.json。</translation>
  </message>
  <message>
   <source>{path} has version {found}, this program reads version {own}; register again or update.</source>
   <translation>{path} 的版本为 {found}，本程序读取版本 {own}；请重新配准或更新。</translation>
  </message>
  <message>
   <source>{path} is no file that can be read; give the name of a file.</source>
   <translation>{path} 不是可以读取的文件；请给出文件名。</translation>
  </message>
  <message>
   <source>{path} is no text in UTF-8; save it so, or choose another file.</source>
   <translation>{path} 不是 UTF-8 文本；请另存为 UTF-8，或选择其他文件。</translation>
  </message>
  <message>
   <source>{path} is larger than {most} MiB, so it cannot be what is asked for; choose another file.</source>
   <translation>{path} 大于 {most} MiB，不可能是所需的文件；请选择其他文件。</translation>
  </message>
  <message>
   <source>{path} cannot be read: {why}.</source>
   <translation>无法读取 {path}：{why}。</translation>
  </message>
  <message>
   <source>{path} is not valid JSON: {why}.</source>
   <translation>{path} 不是有效的 JSON：{why}。</translation>
  </message>
  <message>
   <source>{path} could not be written ({why}); free some space or choose another output.</source>
   <translation>无法写入 {path}（{why}）；请腾出空间或选择其他输出。</translation>
  </message>
  <message>
   <source>{path} is one of the inputs and would be overwritten; choose another output.</source>
   <translation>{path} 是输入之一，会被覆盖；请选择其他输出。</translation>
  </message>
  <message>
   <source>{path} was changed while it was worked on, so that the results would not be of one image; run again.</source>
   <translation>{path} 在处理过程中被更改，结果将不属于同一幅图像；请重新运行。</translation>
  </message>
  <message>
   <source>{path} exists and was not written by this program; choose another output, or say --overwrite.</source>
   <translation>{path} 已存在，且不是由本程序写入的；请选择其他输出，或使用 --overwrite。</translation>
  </message>
  <message>
   <source>{path} exists and was not written by this program; choose another output folder.</source>
   <translation>{path} 已存在且不是本程序写出的；请选择其他输出文件夹。</translation>
  </message>
  <message>
   <source>{path} is open in another program; close it there or choose another output folder.</source>
   <translation>{path} 已在其他程序中打开；请在那里关闭，或选择其他输出文件夹。</translation>
  </message>
  <message>
   <source>{path} is a folder; give the name of a file.</source>
   <translation>{path} 是文件夹；请给出文件名。</translation>
  </message>
  <message>
   <source>{path} is a file; give the name of a folder.</source>
   <translation>{path} 是文件；请给出文件夹名。</translation>
  </message>
  <message>
   <source>The output folder {path} has a line break or a tab in its name, which no GeoPackage may have; choose another name.</source>
   <translation>输出文件夹 {path} 的名称中含有换行符或制表符，GeoPackage 不允许这样的名称；请换一个名称。</translation>
  </message>
  <message>
   <source>The output folder has no name; give one.</source>
   <translation>输出文件夹没有名称；请给出一个。</translation>
  </message>
  <message>
   <source>Several rasters would be written to {path}; warp them one by one into different folders.</source>
   <translation>多个栅格会写入 {path}；请逐个校正到不同的文件夹。</translation>
  </message>
  <message>
   <source>There is no folder beside {path}; give one with --out.</source>
   <translation>{path} 旁边没有文件夹；请用 --out 给出一个。</translation>
  </message>
  <message>
   <source>{path} is the dense map's name; give a name in .json.</source>
   <translation>{path} 是密集映射的文件名；请给出以 .json 结尾的名称。</translation>
  </message>
  <message>
   <source>The registered raster would lie nowhere; choose other inputs.</source>
   <translation>配准后的栅格没有位置；请选择其他输入。</translation>
  </message>
  <message>
   <source>The registered raster lies outside its own CRS; choose the grid 'reference'.</source>
   <translation>配准后的栅格在其自身 CRS 之外；请选择格网 'reference'。</translation>
  </message>
  <message>
   <source>{name} holds no data in some of its bands ({empty}); it is seen by others ({used}).</source>
   <translation>{name} 的某些波段没有数据（{empty}）；改用其他波段（{used}）。</translation>
  </message>
  <message>
   <source>{sar} was given as the radar image but looks optical, and {optical} was given as the optical one but looks like radar: were they exchanged?</source>
   <translation>{sar} 是作为雷达影像给出的，但看起来是光学影像；{optical} 是作为光学影像给出的，但看起来是雷达影像：两者是否弄反了？</translation>
  </message>
  <message>
   <source>{name} was given as the optical image but holds decibels (half below {middle:.0f} dB), as radar images do: were the two exchanged?</source>
   <translation>{name} 是作为光学影像给出的，但其数值是分贝（一半低于 {middle:.0f} dB），与雷达影像相同：两者是否弄反了？</translation>
  </message>
  <message>
   <source>Matched are pixels of {gsd:.3g} m; the files hold {finest:.3g} m.</source>
   <translation>用于匹配的像素为 {gsd:.3g} 米；文件中的像素为 {finest:.3g} 米。</translation>
  </message>
  <message>
   <source>Matched are pixels {factor:.3g} times as large as those of the files.</source>
   <translation>用于匹配的像素是文件中像素的 {factor:.3g} 倍大。</translation>
  </message>
  <message>
   <source>{name} has no valid pixels in any of its bands; check its nodata value and mask.</source>
   <translation>{name} 的所有波段都没有有效像元；请检查其 nodata 值和掩膜。</translation>
  </message>
  <message>
   <source>{name} holds no pixels itself; give the file that does, such as {files}.</source>
   <translation>{name} 本身不含像元；请给出含有像元的文件，例如 {files}。</translation>
  </message>
  <message>
   <source>The mask {name} holds shapes that cannot be read ({why}); correct them, or leave it out.</source>
   <translation>掩膜 {name} 含有无法读取的图形（{why}）；请更正它们，或不使用该掩膜。</translation>
  </message>
  <message>
   <source>{name} is empty; get it again.</source>
   <translation>{name} 是空文件；请重新获取。</translation>
  </message>
  <message>
   <source>{name} only points to a file in Git LFS; get that with git lfs pull.</source>
   <translation>{name} 只是指向 Git LFS 中某个文件的指针；请用 git lfs pull 获取该文件。</translation>
  </message>
  <message>
   <source>{name} is a web page, such as that of a login, and no raster; download the file itself.</source>
   <translation>{name} 是网页（例如登录页面），而不是栅格；请下载文件本身。</translation>
  </message>
  <message>
   <source>{name} says where it lies only when it is opened as netCDF; give {other}.</source>
   <translation>{name} 只有以 netCDF 打开时才给出其位置；请给出 {other}。</translation>
  </message>
  <message>
   <source>{name} has no bands.</source>
   <translation>{name} 没有波段。</translation>
  </message>
  <message>
   <source>{name} has no bands; it holds several rasters, give one of them: {parts}.</source>
   <translation>{name} 没有波段；其中含有多个栅格，请给出其中之一：{parts}。</translation>
  </message>
  <message>
   <source>{path} is damaged ({why}); register again.</source>
   <translation>{path} 已损坏（{why}）；请重新配准。</translation>
  </message>
  <message>
   <source>{path} is damaged ({key} is missing); register again.</source>
   <translation>{path} 已损坏（缺少 {key}）；请重新配准。</translation>
  </message>
  <message>
   <source>{path} could not be written (no space left; {free:.0f} MiB free there); free some space or choose another output.</source>
   <translation>无法写入 {path}（空间不足；该处剩余 {free:.0f} MiB）；请释放空间或选择其他输出位置。</translation>
  </message>
  <message>
   <source>{path} could not be written ({why}; {free:.0f} MiB free there); free some space or choose another output.</source>
   <translation>无法写入 {path}（{why}；该处剩余 {free:.0f} MiB）；请释放空间或选择其他输出位置。</translation>
  </message>
  <message>
   <source>{path} could not be written ({why}); choose another output.</source>
   <translation>{path} 无法写入（{why}）；请选择其他输出。</translation>
  </message>
  <message>
   <source>{path} could not be written ({why}); choose another output, or ask for the right to write there.</source>
   <translation>{path} 无法写入（{why}）；请选择其他输出，或申请该处的写入权限。</translation>
  </message>
  <message>
   <source>{path} could not be written ({why}); choose a shorter name.</source>
   <translation>{path} 无法写入（{why}）；请选择更短的名称。</translation>
  </message>
  <message>
   <source>{path} does not end as the file that would be written there; end it in {endings}.</source>
   <translation>{path} 的扩展名与将写入的文件不符；请以 {endings} 结尾。</translation>
  </message>
  <message>
   <source> and </source>
   <translation>和</translation>
  </message>
  <message>
   <source>Quick, for any processor: good where both images show clear edges, such as roads, shores and fields.</source>
   <translation>速度快，适用于任何处理器：适合两幅影像中都有清晰边缘（如道路、岸线和田块）的情况。</translation>
  </message>
  <message>
   <source>More exact, and finds its way on harder images (towns, speckle, few edges). Takes two to four times as long without a graphics card.</source>
   <translation>精度更高，能处理较难的影像（城镇、斑点噪声、边缘稀少）。没有显卡时耗时为二到四倍。</translation>
  </message>
  <message>
   <source>LightGlue on corners that both images share, paired by attention: for comparison with soma. Needs kornia.</source>
   <translation>LightGlue：匹配两幅影像共有的角点，用注意力机制配对；用于与 soma 比较。需要 kornia。</translation>
  </message>
  <message>
   <source>SuperGlue on corners that both images share, paired by optimal transport: for comparison with soma.</source>
   <translation>SuperGlue：匹配两幅影像共有的角点，用最优传输配对；用于与 soma 比较。</translation>
  </message>
  <message>
   <source>LoFTR: every place of both images paired by attention, without corners: for comparison with soma. Needs kornia.</source>
   <translation>LoFTR：不用角点，用注意力匹配两幅影像的每一处；用于与 soma 比较。需要 kornia。</translation>
  </message>
  <message>
   <source>OSR-Net: one affine per tile, predicted at three resolutions: for comparison with soma.</source>
   <translation>OSR-Net：每个图块求一个仿射变换，在三种分辨率上逐级预测；用于与 soma 比较。</translation>
  </message>
  <message>
   <source>From the package {package} {version}, licence {licence}: {summary}</source>
   <translation>来自软件包 {package} {version}，许可 {licence}：{summary}</translation>
  </message>
  <message>
   <source>From the package {package} {version}, which states no licence: {summary}</source>
   <translation>来自软件包 {package} {version}，未注明许可：{summary}</translation>
  </message>
  <message>
   <source>The model {name} of the package {package} cannot be loaded ({why}); ask who made the package, or choose another model.</source>
   <translation>软件包 {package} 的模型 {name} 无法加载（{why}）；请询问该软件包的作者，或选择其他模型。</translation>
  </message>
  <message>
   <source>The model {name} of the package {package} failed while it matched ({why}); ask who made the package, or choose another model.</source>
   <translation>软件包 {package} 的模型 {name} 在匹配时失败（{why}）；请询问该软件包的作者，或选择其他模型。</translation>
  </message>
  <message>
   <source>The gradient matcher has no weights; leave them out.</source>
   <translation>gradient 匹配器没有权重；请不要设置。</translation>
  </message>
  <message>
   <source>model is one of {choices}; got {value!r}.</source>
   <translation>model 须为 {choices} 之一；得到 {value!r}。</translation>
  </message>
  <message>
   <source>There is no device {value} here; choose auto or cpu.</source>
   <translation>这里没有设备 {value}；请选择 auto 或 cpu。</translation>
  </message>
  <message>
   <source>The model {name} needs {package}, which is not installed; install it, or choose the model gradient.</source>
   <translation>模型 {name} 需要 {package}，但尚未安装；请安装，或选择模型 gradient。</translation>
  </message>
  <message>
   <source>The model {name} cannot be loaded, for a package that it needs does not start here ({why}); install that again, or choose the model gradient.</source>
   <translation>无法加载模型 {name}，因为它所需的软件包无法在此启动（{why}）；请重新安装该软件包，或选择模型 gradient。</translation>
  </message>
  <message>
   <source>No weights for {name} were found; give a file, or put {file} into {path}.</source>
   <translation>找不到 {name} 的权重；请给出文件，或将 {file} 放入 {path}。</translation>
  </message>
  <message>
   <source>{path} is not a complete safetensors file ({why}); get it again.</source>
   <translation>{path} 不是完整的 safetensors 文件（{why}）；请重新获取。</translation>
  </message>
  <message>
   <source>{path} is not the file that was published (its checksum differs); get it again, or name it as weights if you trust it.</source>
   <translation>{path} 不是所发布的文件（校验和不同）；请重新获取，或者如果您信任它，请将其指定为权重。</translation>
  </message>
  <message>
   <source>{path} has a damaged header ({why}); get it again.</source>
   <translation>{path} 的文件头已损坏（{why}）；请重新获取。</translation>
  </message>
  <message>
   <source>{path} holds values that are no numbers (in {name}); get it again.</source>
   <translation>{path} 含有不是数值的内容（位于 {name}）；请重新获取。</translation>
  </message>
  <message>
   <source>{path} does not fit this version of the network ({found}, not {own}); get weights that were made for it.</source>
   <translation>{path} 与此版本的网络不符（为 {found}，而非 {own}）；请获取为其制作的权重。</translation>
  </message>
  <message>
   <source>{path} does not fit this version of the network ({why}); get weights that were made for it.</source>
   <translation>{path} 与此版本的网络不符（{why}）；请获取为其制作的权重。</translation>
  </message>
  <message>
   <source>{path} was made for other weights than {encoder}; get both of one version.</source>
   <translation>{path} 不是为 {encoder} 这一权重制作的；请获取同一版本的两个文件。</translation>
  </message>
  <message>
   <source>{path} holds weights of something else than SOMA; choose a file that was exported by soma.training.export.</source>
   <translation>{path} 含有的不是 SOMA 的权重；请选择由 soma.training.export 导出的文件。</translation>
  </message>
  <message>
   <source>{path} holds weights of the model {model}; choose that model, or other weights.</source>
   <translation>{path} 含有的是模型 {model} 的权重；请选择该模型，或其他权重。</translation>
  </message>
  <message>
   <source>The weights file {path} does not exist; check the path.</source>
   <translation>权重文件 {path} 不存在；请检查路径。</translation>
  </message>
  <message>
   <source>{variable}: the weights file {path} does not exist; check the path.</source>
   <translation>{variable}：权重文件 {path} 不存在；请检查路径。</translation>
  </message>
  <message>
   <source>ready</source>
   <translation>就绪</translation>
  </message>
  <message>
   <source>ready, taken by auto</source>
   <translation>就绪，auto 采用此模型</translation>
  </message>
  <message>
   <source>needs {package}</source>
   <translation>需要 {package}</translation>
  </message>
  <message>
   <source>{n} m</source>
   <translation>{n} 米</translation>
  </message>
  <message>
   <source>{n} km</source>
   <translation>{n} 千米</translation>
  </message>
  <message>
   <source>{n} s</source>
   <translation>{n} 秒</translation>
  </message>
  <message>
   <source>{n} min</source>
   <translation>{n} 分钟</translation>
  </message>
  <message>
   <source>{n} h</source>
   <translation>{n} 小时</translation>
  </message>
  <message>
   <source>{pixels} ({metres})</source>
   <translation>{pixels}（{metres}）</translation>
  </message>
  <message>
   <source>less than {n}</source>
   <translation>小于 {n}</translation>
  </message>
  <message>
   <source>{n} %</source>
   <translation>{n} %</translation>
  </message>
  <message>
   <source>{name} is one of {choices}; got {value!r}.</source>
   <translation>{name} 应为 {choices} 之一；给出的是 {value!r}。</translation>
  </message>
  <message>
   <source>{option} has no effect without {other}; give both, or leave it out.</source>
   <translation>没有 {other} 时 {option} 不起作用；请同时给出两者，或省略它。</translation>
  </message>
  <message>
   <source>{option} has no effect with {other}; leave one of them out.</source>
   <translation>有 {other} 时 {option} 不起作用；请省略其中之一。</translation>
  </message>
  <message>
   <source>{name} is no file name: {value!r}.</source>
   <translation>{name} 不是文件名：{value!r}。</translation>
  </message>
  <message>
   <source>{name} is a finite number, got {value}.</source>
   <translation>{name} 应为有限的数，给出的是 {value}。</translation>
  </message>
  <message>
   <source>{name}: bands count from 1, got {value}.</source>
   <translation>{name}：波段从 1 起计，给出的是 {value}。</translation>
  </message>
  <message>
   <source>max_shift of {length:g} m has no meaning for {name}, which has no georeference; give it in pixels, as 40px.</source>
   <translation>{name} 没有地理参考，{length:g} 米的最大位移没有意义；请以像素给出，如 40px。</translation>
  </message>
  <message>
   <source>max_shift of {length:.0f} px is larger than the overlap of {width} x {height} px; give a smaller one.</source>
   <translation>{length:.0f} 像素的最大位移大于 {width} x {height} 像素的重叠区；请给出较小的值。</translation>
  </message>
  <message>
   <source>max_shift must not be negative, got {value:g}.</source>
   <translation>max_shift 不能为负，给出的是 {value:g}。</translation>
  </message>
  <message>
   <source>max_rotation_deg is 0 to 180, or -1 for automatic; got {value:g}.</source>
   <translation>max_rotation_deg 为 0 至 180，-1 表示自动；得到 {value:g}。</translation>
  </message>
  <message>
   <source>max_scale is a factor from 1 to 8, got {value:g}.</source>
   <translation>max_scale 是 1 到 8 的倍数，给出的是 {value:g}。</translation>
  </message>
  <message>
   <source>working_gsd is auto or a pixel size in metres above 0, got {value:g}.</source>
   <translation>working_gsd 应为 auto 或大于 0 的像素大小（米），得到的是 {value:g}。</translation>
  </message>
  <message>
   <source>working_gsd of {gsd:g} m has no meaning for {name}, which has no georeference; leave it at auto.</source>
   <translation>{gsd:g} 米的 working_gsd 对没有地理参考的 {name} 没有意义；请保留 auto。</translation>
  </message>
  <message>
   <source>working_gsd of {gsd:g} m is finer than the {finest:.3g} m that both images hold; give at least that, or auto.</source>
   <translation>{gsd:g} 米的 working_gsd 比两幅影像都具有的 {finest:.3g} 米更细；请至少给出该值，或用 auto。</translation>
  </message>
  <message>
   <source>working_gsd of {gsd:g} m would leave {width} x {height} pixels of the overlap; at least {least} a side are needed.</source>
   <translation>{gsd:g} 米的 working_gsd 只会使重叠区剩下 {width} x {height} 个像素；每边至少需要 {least} 个。</translation>
  </message>
  <message>
   <source>threads must not be negative, got {value}.</source>
   <translation>threads 不能为负，给出的是 {value}。</translation>
  </message>
  <message>
   <source>threads is at most {most}, got {value}; 0 takes all cores.</source>
   <translation>threads 最多为 {most}，得到的是 {value}；0 表示使用全部核心。</translation>
  </message>
  <message>
   <source>device is auto, cpu, cuda, cuda:N or mps; got {value!r}.</source>
   <translation>device 为 auto、cpu、cuda、cuda:N 或 mps；给出的是 {value!r}。</translation>
  </message>
  <message>
   <source>grid is 'reference', 'own' or a pixel size above 0; got {value!r}.</source>
   <translation>grid 为 'reference'、'own' 或大于 0 的像素大小；给出的是 {value!r}。</translation>
  </message>
  <message>
   <source>The grid {value!r} would give {width} x {height} pixels ({pixels:.3g} billion) for {cols} x {rows}; choose 'own', a larger pixel size or a part of the image.</source>
   <translation>格网 {value!r} 会使 {cols} x {rows} 变为 {width} x {height} 像素（{pixels:.3g} 十亿）；请选择 'own'、更大的像素大小或影像的一部分。</translation>
  </message>
  <message>
   <source>The grid '{value:g}' has pixels larger than the whole registered raster ({extent:g}); choose a smaller pixel size, in the reference's units.</source>
   <translation>格网 '{value:g}' 的像素大于整个配准后的栅格（{extent:g}）；请以参考影像的单位选择较小的像素大小。</translation>
  </message>
  <message>
   <source>aoi needs left, bottom, right, top; got {value} numbers.</source>
   <translation>区域需要左、下、右、上；给出的是 {value} 个数。</translation>
  </message>
  <message>
   <source>aoi is no area: {left:g}, {bottom:g}, {right:g}, {top:g}.</source>
   <translation>这不是一个区域：{left:g}、{bottom:g}、{right:g}、{top:g}。</translation>
  </message>
  <message>
   <source>aoi is empty: {left:g}, {bottom:g}, {right:g}, {top:g}.</source>
   <translation>区域为空：{left:g}、{bottom:g}、{right:g}、{top:g}。</translation>
  </message>
  <message>
   <source>aoi_crs {value!r} is no CRS that is known; give one like EPSG:32632.</source>
   <translation>区域的 CRS {value!r} 未知；请给出如 EPSG:32632 的 CRS。</translation>
  </message>
  <message>
   <source>The map's CRS {value!r} is not known; choose another one for the map.</source>
   <translation>地图的 CRS {value!r} 未知；请为地图选择其他 CRS。</translation>
  </message>
  <message>
   <source>The checkerboard's cell is 1 to {most} px wide, got {value}.</source>
   <translation>棋盘格的格子宽度为 1 到 {most} 像素，得到的是 {value}。</translation>
  </message>
  <message>
   <source>mode is one of {choices}; got {value!r}.</source>
   <translation>mode 须为 {choices} 之一；得到 {value!r}。</translation>
  </message>
  <message>
   <source>The window is {least} to {most} pixels wide; got {value}.</source>
   <translation>窗口宽度为 {least} 到 {most} 像素；给出的是 {value}。</translation>
  </message>
  <message>
   <source>The look of a layer is malformed: {why}.</source>
   <translation>图层的外观描述有误：{why}。</translation>
  </message>
  <message>
   <source>{name} cannot be shown like {look}.</source>
   <translation>{name} 无法按 {look} 的方式显示。</translation>
  </message>
  <message>
   <source>A preview has 1 to {most} pixels a side, got {width} x {height}.</source>
   <translation>预览的边长为 1 到 {most} 像素，给出的是 {width} x {height}。</translation>
  </message>
  <message>
   <source>The transform is one of {choices}; got {value!r}.</source>
   <translation>变换应为 {choices} 之一；给出的是 {value!r}。</translation>
  </message>
  <message>
   <source>The transform is malformed: {why}.</source>
   <translation>变换格式有误：{why}。</translation>
  </message>
  <message>
   <source>Control point {n} lies where the images' CRS is not defined; delete it.</source>
   <translation>控制点 {n} 位于影像 CRS 未定义之处；请删除它。</translation>
  </message>
  <message>
   <source>A warp needs {least} control points, so that its error can be told; there are too few: {n}.</source>
   <translation>变形需要 {least} 个控制点才能给出误差；目前太少：{n} 个。</translation>
  </message>
  <message>
   <source>There are too few control points: {n}. For {kind:a_transform} at least {least} are needed.</source>
   <translation>控制点太少：{n} 个。{kind:a_transform}至少需要 {least} 个。</translation>
  </message>
  <message>
   <source>There are no control points; click on the map to make some.</source>
   <translation>没有控制点；请在地图上点击以添加。</translation>
  </message>
  <message>
   <source>The control points are malformed: {why}.</source>
   <translation>控制点格式有误：{why}。</translation>
  </message>
  <message>
   <source>Registered to within a pixel</source>
   <translation>已配准，误差在 1 个像素以内</translation>
  </message>
  <message>
   <source>Registered to within {n} pixels</source>
   <translation>已配准，误差在 {n} 个像素以内</translation>
  </message>
  <message>
   <source>Registered, but look closely</source>
   <translation>已配准，但请仔细检查</translation>
  </message>
  <message>
   <source>{text}</source>
   <translation>{text}</translation>
  </message>
  <message>
   <source>The image was {parts:commas}; found by {model:model}.</source>
   <translation>影像{parts:commas}；由{model:model}求得。</translation>
  </message>
  <message>
   <source>moved {distance:moved_m} {to:direction}</source>
   <translation>{to:direction}移动 {distance:moved_m}</translation>
  </message>
  <message>
   <source>mirrored from left to right</source>
   <translation>左右镜像</translation>
  </message>
  <message>
   <source>moved {distance:moved_px} {to:direction}</source>
   <translation>{to:direction}移动 {distance:moved_px}</translation>
  </message>
  <message>
   <source>turned {turn:stepped}° clockwise</source>
   <translation>顺时针旋转 {turn:stepped}°</translation>
  </message>
  <message>
   <source>turned {turn:stepped}° counter-clockwise</source>
   <translation>逆时针旋转 {turn:stepped}°</translation>
  </message>
  <message>
   <source>scaled by {scale:stepped}</source>
   <translation>缩放 {scale:stepped} 倍</translation>
  </message>
  <message>
   <source>bent by up to {bent:px}</source>
   <translation>局部弯曲最多 {bent:px}</translation>
  </message>
  <message>
   <source>Of the matches left out of the fit, half are met within {median:length}, 90 % within {ce90:length}. The transform itself is off by less than {expected:length} in 9 of 10 cases.</source>
   <translation>未参与拟合的匹配点中，一半的误差在 {median:length} 以内，90% 在 {ce90:length} 以内。变换本身的误差十有九次低于 {expected:length}。</translation>
  </message>
  <message>
   <source>Half of the matches are met within {median:length}, 90 % within {ce90:length}. They are too few to tell the error of the transform.</source>
   <translation>一半匹配的误差在 {median:length}以内，90 % 在 {ce90:length}以内。匹配太少，无法给出变换的误差。</translation>
  </message>
  <message>
   <source>Only {share:share} of the overlap shows structure in both images; elsewhere little tells how they lie to one another, and the error may be larger there.</source>
   <translation>重叠区中只有 {share:share} 在两幅影像上都有可辨结构；其余部分几乎无从判断两者的相对位置，那里的误差可能更大。</translation>
  </message>
  <message>
   <source>{inliers} of {matches} matches agree; they cover {share:share} of the overlap.</source>
   <translation>{matches} 个匹配中有 {inliers} 个一致，覆盖重叠区的 {share:share}。</translation>
  </message>
  <message>
   <source>It took {seconds:.1f} s.</source>
   <translation>用时 {seconds:.1f} 秒。</translation>
  </message>
  <message>
   <source>Files in {folder}: {names}</source>
   <translation>{folder} 中的文件：{names}</translation>
  </message>
  <message>
   <source>Written: {path}</source>
   <translation>已写入：{path}</translation>
  </message>
  <message>
   <source>Matched. {reason}</source>
   <translation>已匹配。{reason}</translation>
  </message>
  <message>
   <source>Refused. {reason}</source>
   <translation>已拒绝。{reason}</translation>
  </message>
  <message>
   <source>There is too little memory for this; close other programs, or choose the model gradient or a smaller area.</source>
   <translation>内存不足；请关闭其他程序，或选择模型 gradient 或更小的区域。</translation>
  </message>
  <message>
   <source>{name} is no name in UTF-8; rename the file or folder.</source>
   <translation>{name} 不是 UTF-8 名称；请重命名该文件或文件夹。</translation>
  </message>
  <message>
   <source>Unknown call {call!r}; this is soma {version}.</source>
   <translation>未知的调用 {call!r}；本程序为 soma {version}。</translation>
  </message>
  <message>
   <source>The request lacks: {key}.</source>
   <translation>请求缺少：{key}。</translation>
  </message>
  <message>
   <source>{key} of the request is of the wrong kind: {value}.</source>
   <translation>请求中的 {key} 类型不对：{value}。</translation>
  </message>
  <message>
   <source>{text}; see {command} --help.</source>
   <translation>{text}；参见 {command} --help。</translation>
  </message>
  <message>
   <source>soma match needs either --ref and --mov, or --pairs.</source>
   <translation>soma match 需要 --ref 和 --mov，或者 --pairs。</translation>
  </message>
  <message>
   <source>{failed} of {rows} rows of {path} could not be worked on, all others were; the first is {first}</source>
   <translation>{path} 的 {rows} 行中有 {failed} 行无法处理，其余均已处理；第一个是 {first}</translation>
  </message>
  <message>
   <source>The job is no JSON object; give one with its options.</source>
   <translation>任务不是 JSON 对象；请给出带有各选项的对象。</translation>
  </message>
  <message>
   <source>The job has unknown keys: {keys}.</source>
   <translation>任务含有未知的键：{keys}。</translation>
  </message>
  <message>
   <source>The job lacks: {keys}.</source>
   <translation>任务缺少：{keys}。</translation>
  </message>
  <message>
   <source>The job is not valid JSON: {why}.</source>
   <translation>任务不是有效的 JSON：{why}。</translation>
  </message>
  <message>
   <source>The job has a value of the wrong kind: {why}.</source>
   <translation>任务中有类型不对的值：{why}。</translation>
  </message>
  <message>
   <source>{path} needs the columns ref and mov, and at least one row.</source>
   <translation>{path} 需要 ref 和 mov 两列，并且至少有一行。</translation>
  </message>
  <message>
   <source>{path} has columns that mean nothing here: {names:commas}; soma archive run takes options pair by pair, and columns of your own begin with an underscore.</source>
   <translation>{path} 中有此处无意义的列：{names:commas}；逐对给出选项请用 soma archive run，您自己的列名请以下划线开头。</translation>
  </message>
  <message>
   <source>{path}: row {row} has no file in the column {column}.</source>
   <translation>{path}：第 {row} 行的 {column} 列没有文件。</translation>
  </message>
  <message>
   <source>{path}: row {row} names {file}, which was not found; check the path.</source>
   <translation>{path}：第 {row} 行的 {file} 未找到；请检查路径。</translation>
  </message>
  <message>
   <source>{path} is no table in UTF-8: {why}.</source>
   <translation>{path} 不是 UTF-8 表格：{why}。</translation>
  </message>
  <message>
   <source>{path}: {name!r} is not the name of a file or not its row's alone; give every row a name of its own.</source>
   <translation>{path}：{name!r} 不是文件名，或与其他行重名；请给每行一个单独的名称。</translation>
  </message>
  <message>
   <source>Unexpected {error}: {why}</source>
   <translation>意外的 {error}：{why}</translation>
  </message>
  <message>
   <source>Unexpected {error}: {why} (--debug shows where).</source>
   <translation>意外的 {error}：{why}（--debug 可显示出处）。</translation>
  </message>
  <message>
   <source>Not a request.</source>
   <translation>这不是请求。</translation>
  </message>
  <message>
   <source>{name} and {other} do not cover the same ground; check both georeferences.</source>
   <translation>{name} 与 {other} 没有覆盖同一地面；请检查两者的地理参考。</translation>
  </message>
  <message>
   <source>{name} and {other} do not cover the same ground within the area asked for; check both georeferences and the area of interest.</source>
   <translation>{name} 与 {other} 在所要求的区域内没有覆盖同一地面；请检查两者的地理参考和感兴趣区域。</translation>
  </message>
  <message>
   <source>{name} and {other} share only {width} x {height} pixels at {gsd:g} m; choose images or an area with more in common.</source>
   <translation>{name} 与 {other} 在 {gsd:g} 米分辨率下只共有 {width} x {height} 像素；请选择共同部分更多的影像或区域。</translation>
  </message>
  <message>
   <source>{name} and {other} have no valid pixels in common; check nodata values, masks and the area of interest.</source>
   <translation>{name} 与 {other} 没有共同的有效像素；请检查无数据值、掩膜和感兴趣区域。</translation>
  </message>
  <message>
   <source>{name} and {other} share no valid pixels; check their georeferences.</source>
   <translation>{name} 与 {other} 没有共同的有效像素；请检查它们的地理参考。</translation>
  </message>
  <message>
   <source>The images show too little structure to be matched (sea, cloud, flat or empty ground); try another area, band or date.</source>
   <translation>影像的结构太少，无法匹配（海面、云、平坦或空白的地面）；请尝试其他区域、波段或日期。</translation>
  </message>
  <message>
   <source>Too few matches agree: {inliers}. For {kind:a_transform} at least {least} have to.</source>
   <translation>一致的匹配太少：{inliers} 个。{kind:a_transform}至少需要 {least} 个。</translation>
  </message>
  <message>
   <source>Too few matches agree: {inliers} of {matches}, in {places:.0f} separate parts of the image: nothing tells how uncertain {kind:a_transform} through them is.</source>
   <translation>一致的匹配太少：{matches} 个中仅 {inliers} 个，分布在影像的 {places:.0f} 个部分：无法得知由它们得到的{kind:a_transform}有多不确定。</translation>
  </message>
  <message>
   <source>The matches agree in {agreeing:.0f} of {places} parts of the image, no better than those of unrelated images; check that both images show the same ground.</source>
   <translation>匹配在影像的 {places} 个部位中有 {agreeing:.0f} 个一致，并不比互不相关的影像更好；请检查两幅影像是否显示同一地面。</translation>
  </message>
  <message>
   <source>No placement stands out from the others more than it does between unrelated images ({found:.2f}, at least {least:.2f} is needed); check that both images show the same ground, or choose a larger area.</source>
   <translation>没有哪个位置比在无关影像之间更突出（{found:.2f}，至少需要 {least:.2f}）；请检查两幅影像是否显示同一地面，或选择更大的区域。</translation>
  </message>
  <message>
   <source>The best alignment would stretch the image by a factor of {factor:.2f} in one direction, which no pair of images from above needs.</source>
   <translation>最佳对齐会使影像在一个方向上拉伸 {factor:.2f} 倍，而俯视影像之间不需要这样的变换。</translation>
  </message>
  <message>
   <source>The best alignment has {faults}; widen the search.</source>
   <translation>最佳对齐需要{faults}；请扩大搜索范围。</translation>
  </message>
  <message>
   <source>The {inliers} matches that agree cover only {share:.1f} % of the overlap, at least {least:.0f} % are needed.</source>
   <translation>一致的 {inliers} 个匹配只覆盖重叠区的 {share:.1f} %，至少需要 {least:.0f} %。</translation>
  </message>
  <message>
   <source>The matches leave the {kind:transform} uncertain by {error:px} over the overlap, more than {most:px}; choose a simpler transform or an area with more structure.</source>
   <translation>这些匹配使{kind:transform}在重叠区内有 {error:px}的不确定性，超过 {most:px}；请选择更简单的变换，或结构更丰富的区域。</translation>
  </message>
  <message>
   <source>Another alignment, {shift:.0f} px away, has matches in {second:.0f} parts of the image against {best:.0f}; limit the area or the search.</source>
   <translation>另一种对齐相距 {shift:.0f} 像素，在影像的 {second:.0f} 个部位有匹配，而最佳对齐有 {best:.0f} 个；请限制区域或搜索范围。</translation>
  </message>
  <message>
   <source>The best transform would move the image by {moved:px} and is itself uncertain by {doubt:px}: the images are already aligned as well as we can tell.</source>
   <translation>最佳变换会使影像移动 {moved:px}，而其自身的不确定性为 {doubt:px}：就我们所能判断的而言，影像已经对齐。</translation>
  </message>
  <message>
   <source>The matches lie {before:px} apart now and would lie {after:px} apart after registration.</source>
   <translation>匹配目前相距 {before:px}，配准后将相距 {after:px}。</translation>
  </message>
  <message>
   <source>Through these matches {kind:a_transform} would bend the image by {share:.0f} %; choose a simpler transform.</source>
   <translation>通过这些匹配的{kind:a_transform}会使影像弯曲 {share:.0f} %；请选择更简单的变换。</translation>
  </message>
  <message>
   <source>Through these control points {kind:a_transform} would fold the image; choose a simpler one, or delete the points that disagree.</source>
   <translation>通过这些控制点的{kind:a_transform}会使影像折叠；请选择更简单的变换，或删除不一致的点。</translation>
  </message>
  <message>
   <source>The control points lie on one line, beside which {kind:a_transform} is undefined; click beside it, or choose the similarity.</source>
   <translation>控制点位于一条直线上，{kind:a_transform}在直线之外无法确定；请在直线旁边点击，或选择相似变换。</translation>
  </message>
  <message>
   <source>This place is outside the area that both images cover; click where they overlap.</source>
   <translation>此处在两幅影像共同覆盖的范围之外；请点击它们重叠的位置。</translation>
  </message>
  <message>
   <source>The window around this place shows too little that both images share; click on a field edge, road, shore or building, or pin the pair by hand.</source>
   <translation>此处周围的窗口中两幅影像的共同内容太少；请点击田埂、道路、岸线或建筑物，或手动设置一对点。</translation>
  </message>
  <message>
   <source>Only {width} x {height} pixels are compared; a larger area holds more evidence.</source>
   <translation>只比较了 {width} x {height} 像素；更大的区域能提供更多依据。</translation>
  </message>
  <message>
   <source>Only {share:share} of the area can be compared: the rest holds no data or is masked ({names}).</source>
   <translation>该区域只有 {share:share} 可以比较：其余部分没有数据或被掩膜（{names}）。</translation>
  </message>
  <message>
   <source>{name} shows next to nothing there: all values are nearly alike.</source>
   <translation>{name} 在那里几乎什么也没有显示：所有值都几乎相同。</translation>
  </message>
  <message>
   <source>{name} shows little but noise there.</source>
   <translation>{name} 在那里显示的几乎只是噪声。</translation>
  </message>
  <message>
   <source>{share:share} of the pixels of {name} have the extreme value {value:.9g}; if it means no data, say so ({option}={value:.9g}).</source>
   <translation>{name} 有 {share:share} 的像元取极端值 {value:.9g}；如果它表示无数据，请指明（{option}={value:.9g}）。</translation>
  </message>
  <message>
   <source>The images seem to fit beyond the range that was searched: {parts:commas}; widen the search (--search any) or correct the georeference.</source>
   <translation>影像似乎在所搜索的范围之外吻合：{parts:commas}；请扩大搜索（--search any）或更正地理参考。</translation>
  </message>
  <message>
   <source>The images seem to fit when one is mirrored from left to right; search everywhere (--search any).</source>
   <translation>将其中一幅影像左右翻转后似乎吻合；请在各处搜索（--search any）。</translation>
  </message>
  <message>
   <source>a shift of {found:.1f} px (searched: {searched:.0f})</source>
   <translation>{found:.1f} 像素的平移（搜索范围：{searched:.0f}）</translation>
  </message>
  <message>
   <source>a rotation of {found:.1f} degrees (searched: {searched:.0f})</source>
   <translation>{found:.1f} 度的旋转（搜索范围：{searched:.0f}）</translation>
  </message>
  <message>
   <source>a scale of {found:.3f} (searched: up to {searched:.2f})</source>
   <translation>{found:.3f} 的缩放（搜索范围：不超过 {searched:.2f}）</translation>
  </message>
  <message>
   <source>haze is from 0 (clear) to 1 (murky), got {value:g}.</source>
   <translation>haze 应在 0（清晰）到 1（浑浊）之间，得到 {value:g}。</translation>
  </message>
  <message>
   <source>misalign needs a scene of {size} pixels, and {most} is the most; ask for a smaller size or less misalignment.</source>
   <translation>misalign 需要 {size} 像素的场景，最多为 {most}；请减小尺寸或错位。</translation>
  </message>
  <message>
   <source>sar_gsd must be within a factor 20 of {gsd:g} m, got {value:g} m.</source>
   <translation>sar_gsd 与 {gsd:g} 米之比须在 20 倍以内，得到 {value:g} 米。</translation>
  </message>
  <message>
   <source>sar_gsd {value:g} makes a SAR raster of {width} x {height} pixels, and {most} is the most; ask for larger pixels.</source>
   <translation>sar_gsd {value:g} 会产生 {width} x {height} 像素的 SAR 栅格，最多为 {most}；请使用更大的像素。</translation>
  </message>
  <message>
   <source>sar_crs {value!r} is not a known CRS.</source>
   <translation>sar_crs {value!r} 不是已知的坐标参考系。</translation>
  </message>
  <message>
   <source>incidence_deg is from 15 to 65, got {value:g}.</source>
   <translation>incidence_deg 应在 15 到 65 之间，得到 {value:g}。</translation>
  </message>
  <message>
   <source>looks is at least 1, got {value:g}.</source>
   <translation>looks 至少为 1，得到 {value:g}。</translation>
  </message>
  <message>
   <source>resolution_px is from 1 to 8, got {value:g}.</source>
   <translation>resolution_px 应在 1 到 8 之间，得到 {value:g}。</translation>
  </message>
  <message>
   <source>size is from 64 to {most} pixels, got {value}.</source>
   <translation>size 应在 64 到 {most} 像素之间，得到 {value}。</translation>
  </message>
  <message>
   <source>gsd is from 0.5 to 40 metres, got {value:g}.</source>
   <translation>gsd 应在 0.5 到 40 米之间，得到 {value:g}。</translation>
  </message>
  <message>
   <source>seed is from 0 to 2147483647, got {value}.</source>
   <translation>seed 应在 0 到 2147483647 之间，得到 {value}。</translation>
  </message>
  <message>
   <source>misalign needs finite numbers, got {value}.</source>
   <translation>misalign 需要有限的数值，得到 {value}。</translation>
  </message>
  <message>
   <source>misalign scale is from 0.1 to 10, got {value:g}.</source>
   <translation>misalign 的 scale 应在 0.1 到 10 之间，得到 {value:g}。</translation>
  </message>
  <message>
   <source>misalign warp is at least 0, got {value:g}.</source>
   <translation>misalign 的 warp 至少为 0，得到 {value:g}。</translation>
  </message>
  <message>
   <source>misalign part {part!r} is not one of shift=X,Y, rotation=DEG, scale=FACTOR, warp=PX (separated by semicolons).</source>
   <translation>misalign 的部分 {part!r} 不是 shift=X,Y、rotation=DEG、scale=FACTOR、warp=PX 之一（以分号分隔）。</translation>
  </message>
  <message>
   <source>The truth is not readable: {why}.</source>
   <translation>真值无法读取：{why}。</translation>
  </message>
  <message>
   <source>to the east</source>
   <translation>向东</translation>
  </message>
  <message>
   <source>to the north-east</source>
   <translation>向东北</translation>
  </message>
  <message>
   <source>to the north</source>
   <translation>向北</translation>
  </message>
  <message>
   <source>to the north-west</source>
   <translation>向西北</translation>
  </message>
  <message>
   <source>to the west</source>
   <translation>向西</translation>
  </message>
  <message>
   <source>to the south-west</source>
   <translation>向西南</translation>
  </message>
  <message>
   <source>to the south</source>
   <translation>向南</translation>
  </message>
  <message>
   <source>to the south-east</source>
   <translation>向东南</translation>
  </message>
  <message>
   <source>to the right</source>
   <translation>向右</translation>
  </message>
  <message>
   <source>to the right and up</source>
   <translation>向右上</translation>
  </message>
  <message>
   <source>up</source>
   <translation>向上</translation>
  </message>
  <message>
   <source>to the left and up</source>
   <translation>向左上</translation>
  </message>
  <message>
   <source>to the left</source>
   <translation>向左</translation>
  </message>
  <message>
   <source>to the left and down</source>
   <translation>向左下</translation>
  </message>
  <message>
   <source>down</source>
   <translation>向下</translation>
  </message>
  <message>
   <source>to the right and down</source>
   <translation>向右下</translation>
  </message>
  <message>
   <source>the model soma (network)</source>
   <translation>模型 soma（网络）</translation>
  </message>
  <message>
   <source>the model lightglue (network)</source>
   <translation>模型 lightglue（网络）</translation>
  </message>
  <message>
   <source>the model superglue (network)</source>
   <translation>模型 superglue（网络）</translation>
  </message>
  <message>
   <source>the model loftr (network)</source>
   <translation>模型 loftr（网络）</translation>
  </message>
  <message>
   <source>the model osrnet (network)</source>
   <translation>模型 osrnet（网络）</translation>
  </message>
  <message>
   <source>the model gradient (no network)</source>
   <translation>模型 gradient（非网络）</translation>
  </message>
  <message>
   <source>the model gradient and, where it is unsure, the network soma</source>
   <translation>模型 gradient，以及在其没有把握之处的神经网络 soma</translation>
  </message>
  <message>
   <source>control points</source>
   <translation>控制点</translation>
  </message>
  <message>
   <source>automatic choice</source>
   <translation>自动选择</translation>
  </message>
  <message>
   <source>an automatic choice</source>
   <translation>自动选择</translation>
  </message>
  <message>
   <source>shift</source>
   <translation>平移</translation>
  </message>
  <message>
   <source>a shift</source>
   <translation>平移</translation>
  </message>
  <message>
   <source>Similarity (shift, rotation, scale)</source>
   <translation>相似变换（平移、旋转、缩放）</translation>
  </message>
  <message>
   <source>similarity transform</source>
   <translation>相似变换</translation>
  </message>
  <message>
   <source>a similarity transform</source>
   <translation>相似变换</translation>
  </message>
  <message>
   <source>Affine</source>
   <translation>仿射</translation>
  </message>
  <message>
   <source>affine transform</source>
   <translation>仿射变换</translation>
  </message>
  <message>
   <source>an affine transform</source>
   <translation>仿射变换</translation>
  </message>
  <message>
   <source>2nd-order polynomial</source>
   <translation>二次多项式</translation>
  </message>
  <message>
   <source>a 2nd-order polynomial</source>
   <translation>二次多项式</translation>
  </message>
  <message>
   <source>3rd-order polynomial</source>
   <translation>三次多项式</translation>
  </message>
  <message>
   <source>a 3rd-order polynomial</source>
   <translation>三次多项式</translation>
  </message>
  <message>
   <source>Thin-plate spline</source>
   <translation>薄板样条</translation>
  </message>
  <message>
   <source>thin-plate spline</source>
   <translation>薄板样条</translation>
  </message>
  <message>
   <source>a thin-plate spline</source>
   <translation>薄板样条</translation>
  </message>
  <message>
   <source>Dense flow</source>
   <translation>稠密流</translation>
  </message>
  <message>
   <source>dense flow</source>
   <translation>稠密流</translation>
  </message>
  <message>
   <source>a dense flow</source>
   <translation>稠密流</translation>
  </message>
  <message>
   <source>Before</source>
   <translation>配准前</translation>
  </message>
  <message>
   <source>After</source>
   <translation>配准后</translation>
  </message>
  <message>
   <source>Reference</source>
   <translation>参考影像</translation>
  </message>
  <message>
   <source>Moving image</source>
   <translation>待配准影像</translation>
  </message>
  <message>
   <source>with the original georeference</source>
   <translation>原始地理参考</translation>
  </message>
  <message>
   <source>registered</source>
   <translation>已配准</translation>
  </message>
  <message>
   <source>The whole overlap</source>
   <translation>整个重叠区</translation>
  </message>
  <message>
   <source>Detail, one to one</source>
   <translation>局部，一比一</translation>
  </message>
  <message>
   <source>up to 0.5 px</source>
   <translation>不超过 0.5 像素</translation>
  </message>
  <message>
   <source>0.5 to 1 px</source>
   <translation>0.5 至 1 像素</translation>
  </message>
  <message>
   <source>1 to 2 px</source>
   <translation>1 至 2 像素</translation>
  </message>
  <message>
   <source>2 to 5 px</source>
   <translation>2 至 5 像素</translation>
  </message>
  <message>
   <source>over 5 px</source>
   <translation>超过 5 像素</translation>
  </message>
  <message>
   <source>half within {length}</source>
   <translation>一半在 {length}以内</translation>
  </message>
  <message>
   <source>90 % within {length}</source>
   <translation>90 % 在 {length}以内</translation>
  </message>
  <message>
   <source>SAR image</source>
   <translation>SAR 影像</translation>
  </message>
  <message>
   <source>Optical image</source>
   <translation>光学影像</translation>
  </message>
  <message>
   <source>What the optical image shows</source>
   <translation>光学影像所显示的内容</translation>
  </message>
  <message>
   <source>Output folder</source>
   <translation>输出文件夹</translation>
  </message>
  <message>
   <source>Image that moves</source>
   <translation>移动的影像</translation>
  </message>
  <message>
   <source>Bands of the SAR image</source>
   <translation>SAR 影像的波段</translation>
  </message>
  <message>
   <source>Bands of the optical image</source>
   <translation>光学影像的波段</translation>
  </message>
  <message>
   <source>Area (left, bottom, right, top)</source>
   <translation>区域（左、下、右、上）</translation>
  </message>
  <message>
   <source>CRS of the area</source>
   <translation>区域的坐标参考系</translation>
  </message>
  <message>
   <source>Weights file</source>
   <translation>权重文件</translation>
  </message>
  <message>
   <source>Largest shift</source>
   <translation>最大平移</translation>
  </message>
  <message>
   <source>Largest rotation, degrees</source>
   <translation>最大旋转（度）</translation>
  </message>
  <message>
   <source>Largest scale</source>
   <translation>最大缩放</translation>
  </message>
  <message>
   <source>Pixel size to match at, metres</source>
   <translation>用于匹配的像素大小，米</translation>
  </message>
  <message>
   <source>Effort</source>
   <translation>细致程度</translation>
  </message>
  <message>
   <source>Nodata value of the SAR image</source>
   <translation>SAR 影像的无数据值</translation>
  </message>
  <message>
   <source>Nodata value of the optical image</source>
   <translation>光学影像的无数据值</translation>
  </message>
  <message>
   <source>Mask of the SAR image</source>
   <translation>SAR 影像的掩膜</translation>
  </message>
  <message>
   <source>Mask of the optical image</source>
   <translation>光学影像的掩膜</translation>
  </message>
  <message>
   <source>Threads</source>
   <translation>线程数</translation>
  </message>
  <message>
   <source>Warp anyway</source>
   <translation>仍然校正</translation>
  </message>
  <message>
   <source>near the present placement</source>
   <translation>当前位置附近</translation>
  </message>
  <message>
   <source>anywhere</source>
   <translation>任意位置</translation>
  </message>
  <message>
   <source>pixels of the reference</source>
   <translation>参考影像的像素</translation>
  </message>
  <message>
   <source>its own pixels</source>
   <translation>自身的像素</translation>
  </message>
  <message>
   <source>nearest neighbour</source>
   <translation>最近邻</translation>
  </message>
  <message>
   <source>bilinear</source>
   <translation>双线性</translation>
  </message>
  <message>
   <source>cubic</source>
   <translation>三次卷积</translation>
  </message>
  <message>
   <source>average</source>
   <translation>平均</translation>
  </message>
  <message>
   <source>quick</source>
   <translation>快速</translation>
  </message>
  <message>
   <source>normal</source>
   <translation>正常</translation>
  </message>
  <message>
   <source>thorough</source>
   <translation>彻底</translation>
  </message>
  <message>
   <source>Match points, for GIS</source>
   <translation>匹配点（GIS 格式）</translation>
  </message>
  <message>
   <source>Match points, as a table</source>
   <translation>匹配点（表格）</translation>
  </message>
  <message>
   <source>Match points, for QGIS's georeferencer</source>
   <translation>匹配点（QGIS 地理配准工具格式）</translation>
  </message>
  <message>
   <source>Transform, to apply again</source>
   <translation>变换（可再次应用）</translation>
  </message>
  <message>
   <source>This report</source>
   <translation>本报告</translation>
  </message>
  <message>
   <source>Opening</source>
   <translation>打开</translation>
  </message>
  <message>
   <source>Other files</source>
   <translation>其他文件</translation>
  </message>
  <message>
   <source>Altogether</source>
   <translation>合计</translation>
  </message>
  <message>
   <source>yes</source>
   <translation>是</translation>
  </message>
  <message>
   <source>no</source>
   <translation>否</translation>
  </message>
  <message>
   <source>{n} pairs, as of {time}. Load the page again while a run goes on.</source>
   <translation>{n} 个影像对，截至 {time}。运行期间请重新加载此页。</translation>
  </message>
  <message>
   <source>Where the images lie, in degrees</source>
   <translation>影像所在位置（度）</translation>
  </message>
  <message>
   <source>{n} registered pairs, {beyond} of them further right.</source>
   <translation>{n} 个已配准的影像对，其中 {beyond} 个在更右侧。</translation>
  </message>
  <message>
   <source>{n} registered pairs.</source>
   <translation>{n} 个已配准的影像对。</translation>
  </message>
  <message>
   <source>Search names and reasons</source>
   <translation>搜索名称和原因</translation>
  </message>
  <message>
   <source>{n} pairs</source>
   <translation>{n} 个影像对</translation>
  </message>
  <message>
   <source>Pair</source>
   <translation>影像对</translation>
  </message>
  <message>
   <source>Outcome</source>
   <translation>结论</translation>
  </message>
  <message>
   <source>Error, px</source>
   <translation>误差（像素）</translation>
  </message>
  <message>
   <source>Moved, px</source>
   <translation>移动（像素）</translation>
  </message>
  <message>
   <source>Seconds</source>
   <translation>秒</translation>
  </message>
  <message>
   <source>Reason</source>
   <translation>原因</translation>
  </message>
  <message>
   <source>Only the first {shown} of {n} are listed: search, or sort.</source>
   <translation>仅列出 {n} 个中的前 {shown} 个：请搜索或排序。</translation>
  </message>
  <message>
   <source>registration report</source>
   <translation>配准报告</translation>
  </message>
  <message>
   <source>What to try</source>
   <translation>可以尝试</translation>
  </message>
  <message>
   <source>See for yourself</source>
   <translation>直观比较</translation>
  </message>
  <message>
   <source>Left of the line is the reference, right of it the moving image. Roads and borders should run through.</source>
   <translation>线左侧为参考影像，右侧为待配准影像。道路和边界应当连续。</translation>
  </message>
  <message>
   <source>Position of the line</source>
   <translation>分界线的位置</translation>
  </message>
  <message>
   <source>show it as it was before</source>
   <translation>显示配准前的位置</translation>
  </message>
  <message>
   <source>Before and after</source>
   <translation>前后对比</translation>
  </message>
  <message>
   <source>Checkerboards: cells of the reference and of the moving image in turn.</source>
   <translation>棋盘格：参考影像与待配准影像的方格交替出现。</translation>
  </message>
  <message>
   <source>What was compared</source>
   <translation>所比较的影像</translation>
  </message>
  <message>
   <source>: </source>
   <translation>：</translation>
  </message>
  <message>
   <source>How well it fits</source>
   <translation>拟合得如何</translation>
  </message>
  <message>
   <source>Figure</source>
   <translation>指标</translation>
  </message>
  <message>
   <source>Value</source>
   <translation>数值</translation>
  </message>
  <message>
   <source>What it means</source>
   <translation>含义</translation>
  </message>
  <message>
   <source>Histogram of residuals</source>
   <translation>残差直方图</translation>
  </message>
  <message>
   <source>left at the matches used, px</source>
   <translation>所用匹配处的残差，像素</translation>
  </message>
  <message>
   <source>How many of the matches used are left how far away. As a rule it is less than the held-out error, for a fit goes towards its own points.</source>
   <translation>所用匹配的残差分布。它通常小于留出误差，因为拟合会迁就自身的点。</translation>
  </message>
  <message>
   <source>{n} lie further right.</source>
   <translation>另有 {n} 个在右侧之外。</translation>
  </message>
  <message>
   <source>Residuals in x and y</source>
   <translation>x 和 y 方向的残差</translation>
  </message>
  <message>
   <source>The same to the right and down; the dashed circle holds 90 %, the cross is the mean.</source>
   <translation>同样的残差，向右和向下；虚线圆内含 90 %，十字为平均值。</translation>
  </message>
  <message>
   <source>Which transform, and why</source>
   <translation>采用哪种变换及原因</translation>
  </message>
  <message>
   <source>Error on ground left out</source>
   <translation>未参与拟合的地面上的误差</translation>
  </message>
  <message>
   <source>Each transform was fitted without the matches of one fifth of the ground and judged by those (root mean square; large errors are capped). From simple to flexible, each has to beat the best one before it: the mark shows down to where its bar has to come, and the gain has to be beyond chance.</source>
   <translation>每种变换在去掉五分之一地面的匹配后拟合，并用这些匹配评判（均方根，较大误差设上限）。由简到繁，每种变换都须胜过之前最好的一种：竖线标出其误差须降到的位置，并且改善不能只是偶然。</translation>
  </message>
  <message>
   <source>Arrows over the reference image</source>
   <translation>参考影像上的箭头</translation>
  </message>
  <message>
   <source>drawn {n} times as long as they are</source>
   <translation>放大 {n} 倍绘制</translation>
  </message>
  <message>
   <source>in true length</source>
   <translation>实际长度</translation>
  </message>
  <message>
   <source>Where things moved</source>
   <translation>移动情况</translation>
  </message>
  <message>
   <source>One arrow per match used ({n} shown), coloured by what is left after the fit. Rings are matches that were set aside.</source>
   <translation>每个所用匹配一个箭头（显示 {n} 个），颜色表示拟合后的残差。圆圈为弃用的匹配。</translation>
  </message>
  <message>
   <source>What was corrected</source>
   <translation>校正量</translation>
  </message>
  <message>
   <source>What is left</source>
   <translation>剩余量</translation>
  </message>
  <message>
   <source>set aside</source>
   <translation>弃用</translation>
  </message>
  <message>
   <source>What was seen</source>
   <translation>所见</translation>
  </message>
  <message>
   <source>Arrows are the largest set of matches that agree with one another ({n} shown), rings are the others.</source>
   <translation>箭头为彼此一致的最大一组匹配（显示 {n} 个），圆圈为其余匹配。</translation>
  </message>
  <message>
   <source>What the matches say</source>
   <translation>匹配所示</translation>
  </message>
  <message>
   <source>Files</source>
   <translation>文件</translation>
  </message>
  <message>
   <source>How it was made</source>
   <translation>如何生成</translation>
  </message>
  <message>
   <source>Settings</source>
   <translation>设置</translation>
  </message>
  <message>
   <source>Versions</source>
   <translation>版本</translation>
  </message>
  <message>
   <source>Run time</source>
   <translation>运行时间</translation>
  </message>
  <message>
   <source>px are the pixels that were matched ({size} each): the coarser ones of the two images.</source>
   <translation>像素指匹配时所用的像素（每个 {size}）：两幅影像中较粗的一种。</translation>
  </message>
  <message>
   <source>px are the pixels of the reference.</source>
   <translation>像素指参考影像的像素。</translation>
  </message>
  <message>
   <source>This page is complete in itself and loads nothing from elsewhere.</source>
   <translation>本页面自成一体，不从别处加载任何内容。</translation>
  </message>
 </context>
</TS>
