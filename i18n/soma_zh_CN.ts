<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
 <context>
  <name>soma</name>
  <message>
   <source>Set up engine…</source>
   <translation>安装引擎…</translation>
  </message>
  <message>
   <source>Diagnostics…</source>
   <translation>诊断信息…</translation>
  </message>
  <message>
   <source>Apply to more layers</source>
   <translation>应用到更多图层</translation>
  </message>
  <message>
   <source>&amp;Warp</source>
   <translation>校正(&amp;W)</translation>
  </message>
  <message>
   <source>C&amp;lose</source>
   <translation>关闭(&amp;L)</translation>
  </message>
  <message>
   <source>Layers on the same pixels as the one that was registered:</source>
   <translation>与已配准图层像素一致的图层:</translation>
  </message>
  <message>
   <source>Folder for results</source>
   <translation>结果文件夹</translation>
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
   <source>SOMA: further layers</source>
   <translation>SOMA:其他图层</translation>
  </message>
  <message>
   <source>{n} layers added.</source>
   <translation>已添加 {n} 个图层。</translation>
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
   <source>Add a SAR raster to the project and choose it.</source>
   <translation>请在工程中添加 SAR 栅格并选中。</translation>
  </message>
  <message>
   <source>Add an optical raster to the project and choose it.</source>
   <translation>请在工程中添加光学栅格并选中。</translation>
  </message>
  <message>
   <source>Both choices are the same layer; choose two different ones.</source>
   <translation>两处选择了同一图层;请选择两个不同的图层。</translation>
  </message>
  <message>
   <source>An online map cannot be moved; let the SAR image be the one that moves.</source>
   <translation>在线地图不能被移动;请让 SAR 影像作为移动的一方。</translation>
  </message>
  <message>
   <source>{name} has no CRS.</source>
   <translation>{name} 没有坐标系。</translation>
  </message>
  <message>
   <source>Now click where it belongs (Esc to cancel)</source>
   <translation>现在点击它应在的位置(按 Esc 取消)</translation>
  </message>
  <message>
   <source>{n} points were read from {name}</source>
   <translation>已从 {name} 读取 {n} 个点</translation>
  </message>
  <message>
   <source>Fitting</source>
   <translation>正在拟合</translation>
  </message>
  <message>
   <source>Click on the map</source>
   <translation>在地图上点击</translation>
  </message>
  <message>
   <source>Click: register the window around a place. Shift and two clicks: pin a pair by hand. Drag: move. Right click: delete. Backspace: undo. Esc: cancel.</source>
   <translation>单击:配准该处周围的窗口。按住 Shift 点击两次:手动设置一对点。拖动:移动。右键:删除。退格键:撤销。Esc:取消。</translation>
  </message>
  <message>
   <source>Click where both images show the same feature.</source>
   <translation>请点击两幅影像中同一地物所在处。</translation>
  </message>
  <message>
   <source>Preview</source>
   <translation>预览</translation>
  </message>
  <message>
   <source>Apply</source>
   <translation>应用</translation>
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
   <source>Window</source>
   <translation>窗口</translation>
  </message>
  <message>
   <source>Transform</source>
   <translation>变换</translation>
  </message>
  <message>
   <source>{name}, residual {error}</source>
   <translation>{name},残差 {error}</translation>
  </message>
  <message>
   <source>Small (128 px)</source>
   <translation>小(128 像素)</translation>
  </message>
  <message>
   <source>Usual (256 px)</source>
   <translation>常用(256 像素)</translation>
  </message>
  <message>
   <source>Large (512 px)</source>
   <translation>大(512 像素)</translation>
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
   <source>Import points</source>
   <translation>导入点</translation>
  </message>
  <message>
   <source>Export points</source>
   <translation>导出点</translation>
  </message>
  <message>
   <source>Written: {name}</source>
   <translation>已写出:{name}</translation>
  </message>
  <message>
   <source>{n} more for a transform</source>
   <translation>还需 {n} 个点才能求变换</translation>
  </message>
  <message>
   <source>{name} is no points file of the Georeferencer: it does not begin with mapX, mapY.</source>
   <translation>{name} 不是地理配准工具的点文件:开头不是 mapX, mapY。</translation>
  </message>
  <message>
   <source>{name} cannot be written: {why}.</source>
   <translation>无法写入 {name}:{why}。</translation>
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
   <translation>{name}:第 {n} 行开头不是四个数字。</translation>
  </message>
  <message>
   <source>SOMA: looking closely</source>
   <translation>SOMA:局部匹配</translation>
  </message>
  <message>
   <source>Click where both images overlap.</source>
   <translation>请点击两幅影像重叠的位置。</translation>
  </message>
  <message>
   <source>The feature is farther away than the search reaches. Use a larger window, or pin one pair by hand with Shift and two clicks.</source>
   <translation>该地物超出了搜索范围。请使用更大的窗口,或按住 Shift 点击两次手动设置一对点。</translation>
  </message>
  <message>
   <source>Warping the whole image</source>
   <translation>正在校正整幅影像</translation>
  </message>
  <message>
   <source>The warped image was added to the project</source>
   <translation>校正后的影像已添加到工程</translation>
  </message>
  <message>
   <source>Drawing the online map</source>
   <translation>正在绘制在线地图</translation>
  </message>
  <message>
   <source>Warp by control points</source>
   <translation>按控制点校正</translation>
  </message>
  <message>
   <source>SOMA: {name}, by control points</source>
   <translation>SOMA:{name},按控制点</translation>
  </message>
  <message>
   <source>Control points</source>
   <translation>控制点</translation>
  </message>
  <message>
   <source>Untick a point to leave it out of the transform</source>
   <translation>取消勾选可将该点排除在变换之外</translation>
  </message>
  <message>
   <source>How far the feature is from its place, on the map</source>
   <translation>该地物在地图上偏离其位置的距离</translation>
  </message>
  <message>
   <source>What the transform leaves at this point</source>
   <translation>变换后该点的剩余误差</translation>
  </message>
  <message>
   <source>Error of the transform through the other points at this one</source>
   <translation>由其余点求得的变换在该点的误差</translation>
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
   <source>Left out</source>
   <translation>留一误差</translation>
  </message>
  <message>
   <source>Set by hand</source>
   <translation>手动设置</translation>
  </message>
  <message>
   <source>Found by the model, confidence {c:.0%}</source>
   <translation>由模型找到,置信度 {c:.0%}</translation>
  </message>
  <message>
   <source>Point {n}: {shift}, {text}, {k} matches agree</source>
   <translation>点 {n}:{shift},{text},{k} 个匹配一致</translation>
  </message>
  <message>
   <source>Looking closely</source>
   <translation>正在局部匹配</translation>
  </message>
  <message>
   <source>confidence {c:.0%}</source>
   <translation>置信度 {c:.0%}</translation>
  </message>
  <message>
   <source>{m:.3g} m ({px:.1f} px)</source>
   <translation>{m:.3g} 米({px:.1f} 像素)</translation>
  </message>
  <message>
   <source>Pair pinned by hand</source>
   <translation>手动设置的点对</translation>
  </message>
  <message>
   <source>{px:.1f} px</source>
   <translation>{px:.1f} 像素</translation>
  </message>
  <message>
   <source>This place is outside the CRS of the points</source>
   <translation>该位置超出点所用坐标系的范围</translation>
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
   <source>SOMA: asking the engine</source>
   <translation>SOMA:正在询问引擎</translation>
  </message>
  <message>
   <source>SOMA: looking at the layers</source>
   <translation>SOMA:正在查看图层</translation>
  </message>
  <message>
   <source>SOMA Registration</source>
   <translation>SOMA 配准</translation>
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
   <source>Stopped</source>
   <translation>已停止</translation>
  </message>
  <message>
   <source>This did not work</source>
   <translation>未能完成</translation>
  </message>
  <message>
   <source>The engine gave no sign of life and was ended; try again, and look into Diagnostics if this comes back.</source>
   <translation>引擎没有响应,已被结束;请重试,若再次出现请查看诊断信息。</translation>
  </message>
  <message>
   <source>The engine answered with something that is no answer and was ended; look into Diagnostics, and set the engine up again.</source>
   <translation>引擎返回了无法识别的内容,已被结束;请查看诊断信息并重新安装引擎。</translation>
  </message>
  <message>
   <source>it crashed</source>
   <translation>崩溃</translation>
  </message>
  <message>
   <source>The engine ran out of memory; close other programs, or choose a smaller area.</source>
   <translation>引擎内存不足;请关闭其他程序,或选择较小的区域。</translation>
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
   <translation>引擎意外结束({reason})。</translation>
  </message>
  <message>
   <source>Stopped; no output was written.</source>
   <translation>已停止;没有写出任何结果。</translation>
  </message>
  <message>
   <source>The engine is not set up yet; choose Set up engine.</source>
   <translation>引擎尚未安装;请选择“安装引擎”。</translation>
  </message>
  <message>
   <source>The engine is of version {found}, the plugin of version {own}; restart QGIS, and set the engine up again if this comes back.</source>
   <translation>引擎版本为 {found},插件版本为 {own};请重启 QGIS,若再次出现请重新安装引擎。</translation>
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
   <source>&amp;Model</source>
   <translation>模型(&amp;M)</translation>
  </message>
  <message>
   <source>&amp;Transform</source>
   <translation>变换(&amp;T)</translation>
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
   <source>&amp;Device</source>
   <translation>设备(&amp;D)</translation>
  </message>
  <message>
   <source>Beside the SAR file</source>
   <translation>SAR 文件旁边</translation>
  </message>
  <message>
   <source>Nearest neighbour (classes)</source>
   <translation>最近邻(分类数据)</translation>
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
   <translation>平均(输出分辨率低得多时)</translation>
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
   <source>SAR, onto optical</source>
   <translation>SAR,移到光学上</translation>
  </message>
  <message>
   <source>Optical, onto SAR</source>
   <translation>光学,移到 SAR 上</translation>
  </message>
  <message>
   <source>Automatic</source>
   <translation>自动</translation>
  </message>
  <message>
   <source>Processor (CPU)</source>
   <translation>处理器 (CPU)</translation>
  </message>
  <message>
   <source>NVIDIA graphics card (CUDA)</source>
   <translation>NVIDIA 显卡 (CUDA)</translation>
  </message>
  <message>
   <source>Apple graphics (MPS)</source>
   <translation>Apple 图形处理器 (MPS)</translation>
  </message>
  <message>
   <source>Near: trust the georeference</source>
   <translation>邻近:信任地理参考</translation>
  </message>
  <message>
   <source>Anywhere: any rotation and place</source>
   <translation>任意:任意旋转和位置</translation>
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
   <source>Automatic ({name})</source>
   <translation>自动({name})</translation>
  </message>
  <message>
   <source>SOMA: looking at the contrast</source>
   <translation>SOMA:正在检查对比度</translation>
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
   <source>Before and after</source>
   <translation>前后对比</translation>
  </message>
  <message>
   <source>Swap the two layers</source>
   <translation>交换两个图层</translation>
  </message>
  <message>
   <source>Even out contrast</source>
   <translation>均衡对比度</translation>
  </message>
  <message>
   <source>Show dark radar images bright enough; the layers' own styles stay as they are</source>
   <translation>让偏暗的雷达影像显示得足够亮;图层自身的样式保持不变</translation>
  </message>
  <message>
   <source>Compare on the map</source>
   <translation>在地图上比较</translation>
  </message>
  <message>
   <source>First layer</source>
   <translation>第一个图层</translation>
  </message>
  <message>
   <source>Second layer</source>
   <translation>第二个图层</translation>
  </message>
  <message>
   <source>Show as</source>
   <translation>显示方式</translation>
  </message>
  <message>
   <source>{n:.1f} / s</source>
   <translation>{n:.1f} 次/秒</translation>
  </message>
  <message>
   <source>Shown: {name}</source>
   <translation>当前显示:{name}</translation>
  </message>
  <message>
   <source>Cell size</source>
   <translation>格子大小</translation>
  </message>
  <message>
   <source>Rate</source>
   <translation>频率</translation>
  </message>
  <message>
   <source>Edge</source>
   <translation>分界线</translation>
  </message>
  <message>
   <source>The step failed; the lines above say why.</source>
   <translation>该步骤失败;原因见上面的内容。</translation>
  </message>
  <message>
   <source>The engine is ready.</source>
   <translation>引擎已就绪。</translation>
  </message>
  <message>
   <source>Installing torch (this is the large part)</source>
   <translation>正在安装 torch(体积最大的部分)</translation>
  </message>
  <message>
   <source>That is no Python that can be started; choose another one.</source>
   <translation>这不是可以启动的 Python;请另选一个。</translation>
  </message>
  <message>
   <source>That Python is older than 3.11; choose a newer one.</source>
   <translation>该 Python 低于 3.11;请选择更新的版本。</translation>
  </message>
  <message>
   <source>That Python cannot make environments; install its venv package (on Debian and Ubuntu: python3-venv) or choose another one.</source>
   <translation>该 Python 不能创建环境;请安装其 venv 包(Debian 和 Ubuntu 上为 python3-venv)或另选一个。</translation>
  </message>
  <message>
   <source>Another QGIS window is setting the engine up; wait for it.</source>
   <translation>另一个 QGIS 窗口正在安装引擎;请等待其完成。</translation>
  </message>
  <message>
   <source>The engine does not start; look at the lines above.</source>
   <translation>引擎无法启动;请查看上面的内容。</translation>
  </message>
  <message>
   <source>torch could not be installed, so there is the gradient model only.</source>
   <translation>torch 未能安装，因此只能使用 gradient 模型。</translation>
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
   <source>The disk is full; make room and try again.</source>
   <translation>磁盘已满;请腾出空间后重试。</translation>
  </message>
  <message>
   <source>The proxy refused; check QGIS's network settings and try again.</source>
   <translation>代理拒绝了连接;请检查 QGIS 的网络设置后重试。</translation>
  </message>
  <message>
   <source>The secure connection failed; ask who runs your network for help.</source>
   <translation>安全连接失败;请向网络管理员求助。</translation>
  </message>
  <message>
   <source>A file could not be written; a virus scanner may hold it. Try again.</source>
   <translation>有文件无法写入,可能被杀毒软件占用。请重试。</translation>
  </message>
  <message>
   <source>A package is not to be had for this Python; choose another Python.</source>
   <translation>没有适合该 Python 的软件包;请选择其他 Python。</translation>
  </message>
  <message>
   <source>The package index was not reached; check the network and try again.</source>
   <translation>无法连接软件包索引;请检查网络后重试。</translation>
  </message>
  <message>
   <source>Going on without torch; the gradient model needs none.</source>
   <translation>将不使用 torch 继续;gradient 模型不需要它。</translation>
  </message>
  <message>
   <source>{need:.1f} GB are needed in {place}, {free:.1f} GB are free.</source>
   <translation>{place} 需要 {need:.1f} GB,目前可用 {free:.1f} GB。</translation>
  </message>
  <message>
   <source>{place} cannot be written: {why}.</source>
   <translation>无法写入 {place}:{why}。</translation>
  </message>
  <message>
   <source>{name} cannot be opened.</source>
   <translation>无法打开 {name}。</translation>
  </message>
  <message>
   <source>Residuals of the matches, px</source>
   <translation>匹配点残差(像素)</translation>
  </message>
  <message>
   <source>Displacements, enlarged</source>
   <translation>位移(放大显示)</translation>
  </message>
  <message>
   <source>nothing was drawn</source>
   <translation>没有绘制出任何内容</translation>
  </message>
  <message>
   <source>The online map could not be drawn: {why}.</source>
   <translation>无法绘制在线地图:{why}。</translation>
  </message>
  <message>
   <source>Apply transform</source>
   <translation>应用变换</translation>
  </message>
  <message>
   <source>Warps further rasters of the moving image's frame (other bands, polarisations, dates) with the transform.json of a registration. Each result is named after its file.</source>
   <translation>用某次配准的 transform.json 校正与移动影像同一像素框架的其他栅格(其他波段、极化、日期)。结果以各自的文件命名。</translation>
  </message>
  <message>
   <source>Rasters</source>
   <translation>栅格</translation>
  </message>
  <message>
   <source>Output grid: reference, own or a pixel size</source>
   <translation>输出格网:reference、own 或像素大小</translation>
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
   <source>Resampling: {names}</source>
   <translation>重采样:{names}</translation>
  </message>
  <message>
   <source>Assess alignment</source>
   <translation>评估对齐</translation>
  </message>
  <message>
   <source>Measures how far two rasters lie apart, as they are now, and says so in words and figures. Writes nothing.</source>
   <translation>测量两个栅格目前相差多少,并用文字和数字说明。不写出文件。</translation>
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
   <source>Median displacement, px</source>
   <translation>位移中位数(像素)</translation>
  </message>
  <message>
   <source>90 % below, px</source>
   <translation>90 % 低于(像素)</translation>
  </message>
  <message>
   <source>Which one moves</source>
   <translation>移动的一方</translation>
  </message>
  <message>
   <source>auto takes the network where torch and its weights are there</source>
   <translation>auto:有 torch 和权重时使用网络</translation>
  </message>
  <message>
   <source>SAR layer</source>
   <translation>SAR 图层</translation>
  </message>
  <message>
   <source>Optical layer</source>
   <translation>光学图层</translation>
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
   <source>Model</source>
   <translation>模型</translation>
  </message>
  <message>
   <source>Device</source>
   <translation>设备</translation>
  </message>
  <message>
   <source>Search</source>
   <translation>搜索</translation>
  </message>
  <message>
   <source>Largest shift (0: automatic)</source>
   <translation>最大位移(0:自动)</translation>
  </message>
  <message>
   <source>Unit of the largest shift</source>
   <translation>最大位移的单位</translation>
  </message>
  <message>
   <source>Largest rotation in degrees (-1: automatic)</source>
   <translation>最大旋转角度(-1:自动)</translation>
  </message>
  <message>
   <source>Largest scale factor (0: automatic)</source>
   <translation>最大缩放系数(0:自动)</translation>
  </message>
  <message>
   <source>{name} has to be a raster file; online maps work in the dock only.</source>
   <translation>{name} 必须是栅格文件;在线地图只能在停靠面板中使用。</translation>
  </message>
  <message>
   <source>Shows two rasters in alternating cells, or as swipe, blend or red-cyan picture, on the grid of the second one.</source>
   <translation>以交替的格子、卷帘、混合或红青合成的方式显示两个栅格,采用第二个栅格的格网。</translation>
  </message>
  <message>
   <source>First raster</source>
   <translation>第一个栅格</translation>
  </message>
  <message>
   <source>Second raster</source>
   <translation>第二个栅格</translation>
  </message>
  <message>
   <source>Mode</source>
   <translation>模式</translation>
  </message>
  <message>
   <source>Cell size in pixels</source>
   <translation>格子大小(像素)</translation>
  </message>
  <message>
   <source>Comparison</source>
   <translation>比较图</translation>
  </message>
  <message>
   <source>Match points</source>
   <translation>匹配点</translation>
  </message>
  <message>
   <source>Finds points that two images have in common, and the transform between them, in pixels of the two files. Writes JSON; warps nothing.</source>
   <translation>找出两幅影像的共同点及两者之间的变换,以两个文件的像素表示。写出 JSON;不做校正。</translation>
  </message>
  <message>
   <source>Matches</source>
   <translation>匹配</translation>
  </message>
  <message>
   <source>Refused: {reason}</source>
   <translation>已拒绝:{reason}</translation>
  </message>
  <message>
   <source>Register</source>
   <translation>配准</translation>
  </message>
  <message>
   <source>Finds where a SAR image belongs on an optical image of the same ground and warps it there. Writes the registered raster, match points, a checkerboard, a raster of local residuals, the transform and a report into one folder. Fails with the reason when the evidence is too weak.</source>
   <translation>找出 SAR 影像在同一地区光学影像上的位置并校正到该处。将配准后的栅格、匹配点、棋盘格、局部残差栅格、变换和报告写入一个文件夹。证据不足时失败并说明原因。</translation>
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
   <source>Median displacement before, px</source>
   <translation>配准前位移中位数(像素)</translation>
  </message>
  <message>
   <source>Median residual after, px</source>
   <translation>配准后残差中位数(像素)</translation>
  </message>
  <message>
   <source>Expected error, px</source>
   <translation>预期误差(像素)</translation>
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
   <source>Nodata value of the {image} image</source>
   <translation>{image}影像的无数据值</translation>
  </message>
  <message>
   <source>Areas not to match in the {image} image</source>
   <translation>{image}影像中不参与匹配的区域</translation>
  </message>
  <message>
   <source>The layers and the area do not cover the same ground.</source>
   <translation>图层与区域没有覆盖同一地面。</translation>
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
   <source>Transform: {kind}. Why: {why}</source>
   <translation>变换:{kind}。原因:{why}</translation>
  </message>
  <message>
   <source>before</source>
   <translation>配准前</translation>
  </message>
  <message>
   <source>after</source>
   <translation>配准后</translation>
  </message>
  <message>
   <source>Median</source>
   <translation>中位数</translation>
  </message>
  <message>
   <source>RMSE</source>
   <translation>均方根误差</translation>
  </message>
  <message>
   <source>90 % below</source>
   <translation>90 % 低于</translation>
  </message>
  <message>
   <source>In detail: {reason}</source>
   <translation>详细原因:{reason}</translation>
  </message>
  <message>
   <source>Displacements</source>
   <translation>位移</translation>
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
   <translation>比较影像的引擎尚未安装。只需安装一次,几分钟即可。</translation>
  </message>
  <message>
   <source>about {t} left</source>
   <translation>约剩 {t}</translation>
  </message>
  <message>
   <source>It needs {names}, and torch for the network.</source>
   <translation>需要 {names};使用网络还需要 torch。</translation>
  </message>
  <message>
   <source>Set up the engine of SOMA Registration</source>
   <translation>安装 SOMA 配准的引擎</translation>
  </message>
  <message>
   <source>Make a private environment (recommended)</source>
   <translation>创建专用环境(推荐)</translation>
  </message>
  <message>
   <source>Use an existing Python</source>
   <translation>使用现有的 Python</translation>
  </message>
  <message>
   <source>Only if your organisation has one</source>
   <translation>仅当您的单位有自己的索引时填写</translation>
  </message>
  <message>
   <source>&amp;Python 3.11 or later</source>
   <translation>Python 3.11 或更新(&amp;P)</translation>
  </message>
  <message>
   <source>&amp;What to install</source>
   <translation>安装内容(&amp;W)</translation>
  </message>
  <message>
   <source>Further package &amp;index</source>
   <translation>其他软件包索引(&amp;I)</translation>
  </message>
  <message>
   <source>P&amp;ython program</source>
   <translation>Python 程序(&amp;Y)</translation>
  </message>
  <message>
   <source>&amp;Set up</source>
   <translation>安装(&amp;S)</translation>
  </message>
  <message>
   <source>With the SOMA network, on the processor (about 2 GB)</source>
   <translation>含 SOMA 网络,用处理器运行(约 2 GB)</translation>
  </message>
  <message>
   <source>With the SOMA network, on an NVIDIA card (about 8 GB)</source>
   <translation>含 SOMA 网络,用 NVIDIA 显卡运行(约 8 GB)</translation>
  </message>
  <message>
   <source>Without network: gradient model only (about 0.7 GB)</source>
   <translation>不含网络：仅 gradient 模型（约 0.7 GB）</translation>
  </message>
  <message>
   <source>The images are compared by a program of its own, with Python packages that QGIS does not have. Nothing is installed into QGIS.</source>
   <translation>影像由一个独立的程序比较,它使用 QGIS 没有的 Python 软件包。不会向 QGIS 中安装任何东西。</translation>
  </message>
  <message>
   <source>An earlier set-up did not come to its end; start it again.</source>
   <translation>上一次安装没有完成;请重新开始。</translation>
  </message>
  <message>
   <source>SOMA: trying a Python</source>
   <translation>SOMA:正在试用 Python</translation>
  </message>
  <message>
   <source>It goes to {p}</source>
   <translation>安装位置:{p}</translation>
  </message>
  <message>
   <source>The engine is set up: {p}</source>
   <translation>引擎已安装:{p}</translation>
  </message>
  <message>
   <source>Outlier, not used</source>
   <translation>离群点,未使用</translation>
  </message>
  <message>
   <source>Displacement that was corrected</source>
   <translation>已改正的位移</translation>
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
   <source>Points</source>
   <translation>点</translation>
  </message>
  <message>
   <source>Compare</source>
   <translation>比较</translation>
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
   <source>Writing the results</source>
   <translation>正在写出结果</translation>
  </message>
  <message>
   <source>Warping</source>
   <translation>正在校正</translation>
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
   <source>The two images do not cover the same ground. Check both georeferences and the area.</source>
   <translation>两幅影像没有覆盖同一地面。请检查两者的地理参考和区域。</translation>
  </message>
  <message>
   <source>There is too little structure that both images could share (sea, cloud, flat ground). Try another area, band or date.</source>
   <translation>两幅影像可共有的结构太少(海面、云、平坦地面)。请尝试其他区域、波段或日期。</translation>
  </message>
  <message>
   <source>Too few matches agree with one another. Widen the search, or try another model, band or date.</source>
   <translation>相互一致的匹配太少。请扩大搜索范围,或尝试其他模型、波段或日期。</translation>
  </message>
  <message>
   <source>The matches cover too small a part of the overlap to be trusted. Try a smaller area around the structures.</source>
   <translation>匹配点覆盖的重叠区太小,不足以信任。请尝试围绕有结构处的较小区域。</translation>
  </message>
  <message>
   <source>Two different placements fit about equally well. Narrow the search, or choose an area with more structure.</source>
   <translation>两个不同的位置几乎同样吻合。请缩小搜索范围,或选择结构更丰富的区域。</translation>
  </message>
  <message>
   <source>The agreement is no better than that of unrelated images. Check that both layers show the same ground.</source>
   <translation>吻合程度不比无关影像更好。请检查两个图层是否显示同一地面。</translation>
  </message>
  <message>
   <source>The best placement lies outside the search range. Widen the search.</source>
   <translation>最佳位置超出搜索范围。请扩大搜索。</translation>
  </message>
  <message>
   <source>The images are already aligned better than a warp would make them. Tick Warp anyway to warp nevertheless.</source>
   <translation>影像已经对齐,校正不会更好。如仍要校正,请勾选“即使没有改善也进行校正”。</translation>
  </message>
  <message>
   <source>Similarity (shift, rotation, scale)</source>
   <translation>相似变换(平移、旋转、缩放)</translation>
  </message>
  <message>
   <source>Affine</source>
   <translation>仿射</translation>
  </message>
  <message>
   <source>Polynomial, order 2</source>
   <translation>二阶多项式</translation>
  </message>
  <message>
   <source>Polynomial, order 3</source>
   <translation>三阶多项式</translation>
  </message>
  <message>
   <source>Thin plate spline</source>
   <translation>薄板样条</translation>
  </message>
  <message>
   <source>Dense flow</source>
   <translation>稠密光流</translation>
  </message>
  <message>
   <source>Registered to a fraction of a pixel</source>
   <translation>已配准到亚像素精度</translation>
  </message>
  <message>
   <source>{n} min</source>
   <translation>{n} 分钟</translation>
  </message>
  <message>
   <source>in one piece</source>
   <translation>整块匹配</translation>
  </message>
  <message>
   <source>Registered, roughly to the pixel</source>
   <translation>已配准,精度约为像素级</translation>
  </message>
  <message>
   <source>Registered, but look closely</source>
   <translation>已配准,但请仔细检查</translation>
  </message>
  <message>
   <source>{inliers} of {matches} matches agree, in {share:.0%} of the overlap. Expected error {error}.</source>
   <translation>{matches} 个匹配中有 {inliers} 个一致,覆盖重叠区的 {share:.0%}。预期误差 {error}。</translation>
  </message>
  <message>
   <source>{n} s</source>
   <translation>{n} 秒</translation>
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
   <translation>以 {gsd} 分辨率匹配</translation>
  </message>
  <message>
   <source>No georeference: matched as plain images, {s}</source>
   <translation>没有地理参考:作为普通图像匹配,{s}</translation>
  </message>
  <message>
   <source>in {n} tiles</source>
   <translation>分 {n} 块</translation>
  </message>
 </context>
</TS>
